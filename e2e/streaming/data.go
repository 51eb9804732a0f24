package main

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"math/rand"
	"strings"
	"sync"
	"time"
)

// data is so many bytes that look random, with a digest of those that were read.
type data struct {
	left   int64
	random *rand.Rand
	digest hash.Hash
}

func newData(size int64) *data {
	return &data{size, rand.New(rand.NewSource(1)), sha256.New()}
}

func (d *data) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > d.left {
		p = p[:d.left]
	}
	n, _ := d.random.Read(p)
	d.left -= int64(n)
	d.digest.Write(p[:n])
	return n, nil
}

// watched is output that can be waited for.
type watched struct {
	lock    sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newWatched() *watched { return &watched{changed: make(chan struct{}, 1)} }

func (w *watched) Write(p []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.text.Write(p)
	select {
	case w.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.text.String()
}

// shows waits until a text is in the output.
func (w *watched) shows(text string, limit time.Duration) bool {
	over := time.After(limit)
	for !strings.Contains(w.String(), text) {
		select {
		case <-w.changed:
		case <-over:
			return strings.Contains(w.String(), text)
		}
	}
	return true
}

func same(err error, got, want string) error {
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("got %q, not %q", got, want)
	}
	return nil
}
