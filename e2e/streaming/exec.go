package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"sync"
	"time"

	"net/url"

	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func stdinIsEchoed(ctx context.Context, b *bench) error {
	var out bytes.Buffer
	err := b.exec(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader("typed\n"), Stdout: &out},
		"sh", "-c", "read line; echo got $line")
	return same(err, out.String(), "got typed\n")
}

func outputsAreApart(ctx context.Context, b *bench) error {
	var out, errors bytes.Buffer
	err := b.exec(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &errors},
		"sh", "-c", "echo to out; echo to err >&2")
	if err := same(err, out.String(), "to out\n"); err != nil {
		return err
	}
	return same(nil, errors.String(), "to err\n")
}

func exitCodesArrive(ctx context.Context, b *bench) error {
	for script, want := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -9 $$": 137} {
		var out bytes.Buffer
		err := b.exec(ctx, remotecommand.StreamOptions{Stdout: &out}, "sh", "-c", script)
		var code utilexec.CodeExitError
		got := 0
		if errors.As(err, &code) {
			got = code.Code
		} else if err != nil {
			return fmt.Errorf("%s: %w", script, err)
		}
		if got != want {
			return fmt.Errorf("%s: exit code %d, not %d", script, got, want)
		}
	}
	return nil
}

func halfCloseEndsInput(ctx context.Context, b *bench) error {
	var out bytes.Buffer
	err := b.exec(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader("a\nb\n"), Stdout: &out},
		"sh", "-c", "cat; echo over")
	return same(err, out.String(), "a\nb\nover\n")
}

// sizes hands out terminal sizes until it is closed.
type sizes chan remotecommand.TerminalSize

func (s sizes) Next() *remotecommand.TerminalSize {
	size, more := <-s
	if !more {
		return nil
	}
	return &size
}

func terminalIsResized(ctx context.Context, b *bench) error {
	queue := make(sizes, 2)
	queue <- remotecommand.TerminalSize{Width: 101, Height: 37}
	in, typed := io.Pipe()
	out := newWatched()
	ended := make(chan error, 1)
	go func() {
		ended <- b.exec(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: out, Tty: true, TerminalSizeQueue: queue},
			"sh", "-c", "while read line; do stty size; done; exit 5")
	}()
	ask := func(want string) error {
		// The size travels on a stream of its own and may come after what is typed.
		for {
			if _, err := io.WriteString(typed, "\n"); err != nil {
				return err
			}
			if out.shows(want, 100*time.Millisecond) {
				return nil
			}
			if ctx.Err() != nil {
				return fmt.Errorf("no size %q in %q", want, out.String())
			}
		}
	}
	if err := ask("37 101"); err != nil {
		return err
	}
	queue <- remotecommand.TerminalSize{Width: 53, Height: 11}
	if err := ask("11 53"); err != nil {
		return err
	}
	if _, err := io.WriteString(typed, "\x04"); err != nil {
		return err
	}
	close(queue)
	var code utilexec.CodeExitError
	if err := <-ended; !errors.As(err, &code) || code.Code != 5 {
		return fmt.Errorf("the terminal's command ended with %v, not code 5", err)
	}
	return nil
}

// terminalHasItsSizeAtOnce asks for the size first thing, of several terminals: it must not come later, unless
// this program was too slow to send it, which a busy machine may make of a few.
func terminalHasItsSizeAtOnce(ctx context.Context, b *bench) error {
	var late []error
	for i := range 10 {
		queue := make(sizes, 1)
		queue <- remotecommand.TerminalSize{Width: 101, Height: uint16(30 + i)}
		in, typed := io.Pipe()
		var out bytes.Buffer
		err := b.exec(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: &out, Tty: true, TerminalSizeQueue: queue},
			"stty", "size")
		typed.Close()
		close(queue)
		if err := same(err, out.String(), fmt.Sprintf("%d 101\r\n", 30+i)); err != nil {
			late = append(late, err)
		}
	}
	if len(late) > 2 {
		return errors.Join(late...)
	}
	return nil
}

func hundredAtOnce(ctx context.Context, b *bench) error {
	var all sync.WaitGroup
	failures := make(chan error, 100)
	for i := 0; i < 100; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			var out bytes.Buffer
			text := fmt.Sprintf("number %d\n", i)
			err := b.exec(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader(text), Stdout: &out}, "cat")
			if err := same(err, out.String(), text); err != nil {
				failures <- err
			}
		}()
	}
	all.Wait()
	close(failures)
	return <-failures
}

func muchDataArrivesWhole(ctx context.Context, b *bench) error {
	in := newData(int64(b.megabytes) << 20)
	out := sha256.New()
	if err := b.exec(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: out}, "cat"); err != nil {
		return err
	}
	if !bytes.Equal(out.Sum(nil), in.digest.Sum(nil)) {
		return errors.New("what came back is not what was sent")
	}
	return nil
}

func vanishedClientKills(ctx context.Context, b *bench) error {
	mark := fmt.Sprint(1000000 + rand.Intn(1000000))
	out := newWatched()
	client, vanish := context.WithCancel(ctx)
	defer vanish()
	ended := make(chan error, 1)
	go func() {
		ended <- b.exec(client, remotecommand.StreamOptions{Stdout: out},
			"sh", "-c", "sleep "+mark+" & setsid sleep "+mark+" & (sleep "+mark+" &); echo began; wait")
	}()
	if !out.shows("began", time.Minute) {
		return errors.New("the command did not begin")
	}
	vanish()
	<-ended
	for {
		left, err := b.output(ctx, "ps -o args")
		if err != nil {
			return err
		}
		if !strings.Contains(left, mark) {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func missingCommandIsTold(ctx context.Context, b *bench) error {
	var out bytes.Buffer
	err := b.exec(ctx, remotecommand.StreamOptions{Stdout: &out}, "no-such-command")
	if err == nil || !strings.Contains(err.Error(), "no-such-command") {
		return fmt.Errorf("the error does not name the command: %v", err)
	}
	return nil
}

// attachSeesOutput wants a container that prints "tick" again and again.
func attachSeesOutput(ctx context.Context, b *bench) error {
	response, err := b.cri.Attach(ctx, &runtimeapi.AttachRequest{ContainerId: b.container, Stdout: true, Stderr: true})
	if err != nil {
		return err
	}
	at, err := url.Parse(response.Url)
	if err != nil {
		return err
	}
	executor, err := b.executor(at)
	if err != nil {
		return err
	}
	client, detach := context.WithCancel(ctx)
	out := newWatched()
	var errors bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		ended <- executor.StreamWithContext(client, remotecommand.StreamOptions{Stdout: out, Stderr: &errors})
	}()
	if !out.shows("tick", time.Minute) {
		detach()
		return fmt.Errorf("nothing was seen: %v", <-ended)
	}
	detach()
	<-ended
	_, err = b.output(ctx, "true")
	return err
}

func slowReaderLosesNothing(ctx context.Context, b *bench) error {
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := b.exec(ctx, remotecommand.StreamOptions{Stdout: writer}, "sh", "-c", "yes | head -c 8388608")
		writer.CloseWithError(io.EOF)
		ended <- err
	}()
	time.Sleep(300 * time.Millisecond)
	count, err := io.Copy(io.Discard, reader)
	if err != nil {
		return err
	}
	if count != 8388608 {
		return fmt.Errorf("%d bytes came, not 8388608", count)
	}
	return <-ended
}

func unreadInputDoesNotDisturb(ctx context.Context, b *bench) error {
	var out bytes.Buffer
	err := b.exec(ctx, remotecommand.StreamOptions{Stdin: newData(4 << 20), Stdout: &out},
		"sh", "-c", "echo done; exit 7")
	var code utilexec.CodeExitError
	if !errors.As(err, &code) || code.Code != 7 {
		return fmt.Errorf("ended with %v, not code 7", err)
	}
	return same(nil, out.String(), "done\n")
}
