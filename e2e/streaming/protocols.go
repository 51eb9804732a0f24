package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// session is a command whose streams are used as they are, below what the library makes of them.
type session struct {
	out, errors, status *watched
	// agreed is the protocol that the server has chosen.
	agreed string
	// send gives it input.
	send func(text string) error
	// endInput is nil where the protocol has no word for it.
	endInput func() error
	resize   func(columns, rows int) error
	// ended has an error, or nil, once all streams are over.
	ended chan error
}

// opener runs a command over a protocol; that without a name is what a client gets that names none.
type opener func(ctx context.Context, b *bench, protocol string, wanted streams, command ...string) (*session, error)

// dialect is a protocol and what sets it apart.
type dialect struct {
	name string
	// json is whether the status is.
	json bool
	// resizes is whether a terminal can be.
	resizes bool
	// endsInput is whether input can end by itself.
	endsInput bool
}

var spdyDialects = []dialect{
	{"channel.k8s.io", false, false, true},
	{"v2.channel.k8s.io", false, false, true},
	{"v3.channel.k8s.io", false, true, true},
	{"v4.channel.k8s.io", true, true, true},
}

// Newer servers of others want a name.
var unnamedDialects = []dialect{{"", false, false, true}}

var webSocketDialects = []dialect{
	{"", false, true, false},
	{"channel.k8s.io", false, true, false},
	{"base64.channel.k8s.io", false, true, false},
	{"v4.channel.k8s.io", true, true, false},
	{"v4.base64.channel.k8s.io", true, true, false},
}

var closingDialects = []dialect{{"v5.channel.k8s.io", true, true, true}}

// dialectsAreSpoken wants of each protocol that streams are apart, and that it tells how the command ended and resizes its
// terminal in its own manner.
func dialectsAreSpoken(dialects []dialect, open opener) check {
	return func(ctx context.Context, b *bench) error {
		for _, d := range dialects {
			for name, run := range map[string]func(context.Context, *bench, dialect, opener) error{
				"streams": streamsAreApart, "success": successIsTold, "terminal": terminalIs,
			} {
				if err := run(ctx, b, d, open); err != nil {
					return fmt.Errorf("%q, %s: %w", d.name, name, err)
				}
			}
		}
		return nil
	}
}

func streamsAreApart(ctx context.Context, b *bench, d dialect, open opener) error {
	script := "read line; echo got $line; echo apart >&2; exit 3"
	if d.endsInput {
		script = "cat; echo apart >&2; exit 3"
	}
	s, err := open(ctx, b, d.name, streams{stdin: true, stdout: true, stderr: true}, "sh", "-c", script)
	if err != nil {
		return err
	}
	if s.agreed != d.name {
		return fmt.Errorf("the server chose %q", s.agreed)
	}
	// Less or more than three bytes at the end of a message of base64.
	for _, part := range []string{"ty", "ped\n"} {
		if err := s.send(part); err != nil {
			return err
		}
	}
	want := "got typed\n"
	if d.endsInput {
		want = "typed\n"
		if err := s.endInput(); err != nil {
			return err
		}
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	if err := same(nil, s.out.String(), want); err != nil {
		return err
	}
	if err := same(nil, s.errors.String(), "apart\n"); err != nil {
		return err
	}
	return failed(d, s.status.String(), 3)
}

func successIsTold(ctx context.Context, b *bench, d dialect, open opener) error {
	s, err := open(ctx, b, d.name, streams{stdout: true}, "echo", "well")
	if err != nil {
		return err
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	if err := same(nil, s.out.String(), "well\n"); err != nil {
		return err
	}
	if !d.json {
		return same(nil, s.status.String(), "")
	}
	var status metav1.Status
	err = json.Unmarshal([]byte(s.status.String()), &status)
	return same(err, status.Status, metav1.StatusSuccess)
}

func terminalIs(ctx context.Context, b *bench, d dialect, open opener) error {
	s, err := open(ctx, b, d.name, streams{stdin: true, stdout: true, tty: true},
		"sh", "-c", "stty -echo; while read line; do stty size; done; exit 9")
	if err != nil {
		return err
	}
	if d.resizes {
		for _, size := range [][2]int{{101, 37}, {53, 11}} {
			if err := s.resizeTo(ctx, size[0], size[1]); err != nil {
				return err
			}
		}
	}
	// What ends the input of a terminal, whatever the protocol.
	if err := s.send("\x04"); err != nil {
		return err
	}
	if err := s.end(ctx); err != nil {
		return err
	}
	return failed(d, s.status.String(), 9)
}

// resizeTo asks again and again: a size and what is typed are not in order.
func (s *session) resizeTo(ctx context.Context, columns, rows int) error {
	if err := s.resize(columns, rows); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := s.send("\n"); err != nil {
			return err
		}
		if s.out.shows(fmt.Sprintf("%d %d", rows, columns), 100*time.Millisecond) {
			return nil
		}
	}
	return fmt.Errorf("no size %d %d in %q", rows, columns, s.out.String())
}

func (s *session) end(ctx context.Context) error {
	select {
	case err := <-s.ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no end after %q, %q, %q", s.out.String(), s.errors.String(), s.status.String())
	}
}

// failed wants an exit code in the words of a protocol.
func failed(d dialect, text string, code int) error {
	if !d.json {
		if !strings.HasPrefix(text, "command terminated with non-zero exit code: ") ||
			!strings.HasSuffix(text, fmt.Sprintf("exit code %d", code)) {
			return fmt.Errorf("the status is %q, without code %d in words", text, code)
		}
		return nil
	}
	var status metav1.Status
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		return fmt.Errorf("the status is %q: %w", text, err)
	}
	if status.Status != metav1.StatusFailure || status.Reason != "NonZeroExitCode" || status.Details == nil {
		return fmt.Errorf("the status is %q", text)
	}
	for _, cause := range status.Details.Causes {
		if cause.Type == "ExitCode" {
			return same(nil, cause.Message, fmt.Sprint(code))
		}
	}
	return errors.New("no exit code in " + text)
}
