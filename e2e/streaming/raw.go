package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// overSPDY opens the streams in the order in which the library does.
func overSPDY(ctx context.Context, b *bench, protocol string, wanted streams, command ...string) (*session, error) {
	at, err := b.execURL(ctx, wanted, command...)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(&rest.Config{
		Host: at.Host, TLSClientConfig: rest.TLSClientConfig{Insecure: at.Scheme == "https"}})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, "POST", at.String(), nil)
	if err != nil {
		return nil, err
	}
	connection, agreed, err := spdy.Negotiate(upgrader, &http.Client{Transport: transport}, request, named(protocol)...)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { connection.Close() })
	s := newSession(agreed)
	if err := s.open(connection, protocol, wanted); err != nil {
		connection.Close()
		return nil, err
	}
	return s, nil
}

func named(protocol string) []string {
	if protocol == "" {
		return nil
	}
	return []string{protocol}
}

func newSession(agreed string) *session {
	return &session{out: newWatched(), errors: newWatched(), status: newWatched(), agreed: agreed, ended: make(chan error, 1)}
}

func (s *session) open(connection httpstream.Connection, protocol string, wanted streams) error {
	var reads []func() error
	read := func(kind string, wanted bool, into *watched) error {
		if !wanted {
			return nil
		}
		stream, err := openStream(connection, kind)
		reads = append(reads, func() error {
			_, err := io.Copy(into, stream)
			return err
		})
		return err
	}
	if err := read("error", true, s.status); err != nil {
		return err
	}
	if wanted.stdin {
		stdin, err := openStream(connection, "stdin")
		if err != nil {
			return err
		}
		s.send = func(text string) error { _, err := io.WriteString(stdin, text); return err }
		s.endInput = stdin.Close
	}
	if err := errors.Join(read("stdout", wanted.stdout, s.out), read("stderr", wanted.stderr, s.errors)); err != nil {
		return err
	}
	if wanted.tty && (strings.HasPrefix(protocol, "v3") || strings.HasPrefix(protocol, "v4")) {
		stream, err := openStream(connection, "resize")
		if err != nil {
			return err
		}
		s.resize = func(columns, rows int) error { return writeSize(stream, columns, rows) }
	}
	go func() {
		defer connection.Close()
		over := make(chan error)
		for _, each := range reads {
			go func() { over <- each() }()
		}
		var failed error
		for range reads {
			failed = errors.Join(failed, <-over)
		}
		s.ended <- failed
	}()
	return nil
}

func openStream(connection httpstream.Connection, kind string) (httpstream.Stream, error) {
	return connection.CreateStream(http.Header{"Streamtype": []string{kind}})
}

func writeSize(to io.Writer, columns, rows int) error {
	size := remotecommand.TerminalSize{Width: uint16(columns), Height: uint16(rows)}
	return json.NewEncoder(to).Encode(size)
}

// channels is a WebSocket connection whose messages begin with the number of a channel.
type channels struct {
	*websocket.Conn
	base64 bool
}

func dialChannels(ctx context.Context, at *url.URL, protocol string) (*channels, error) {
	dialer := websocket.Dialer{
		Subprotocols:    named(protocol),
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	connection, _, err := dialer.DialContext(ctx, strings.Replace(at.String(), "http", "ws", 1), nil)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { connection.Close() })
	return &channels{connection, strings.Contains(protocol, "base64")}, nil
}

func (c *channels) write(channel byte, bytes []byte) error {
	if c.base64 {
		text := base64.StdEncoding.EncodeToString(bytes)
		return c.WriteMessage(websocket.TextMessage, append([]byte{'0' + channel}, text...))
	}
	return c.WriteMessage(websocket.BinaryMessage, append([]byte{channel}, bytes...))
}

func (c *channels) read() (byte, []byte, error) {
	_, message, err := c.ReadMessage()
	if err != nil {
		return 0, nil, err
	}
	if len(message) == 0 {
		return 0, nil, errors.New("a message without a channel")
	}
	if c.base64 {
		bytes, err := base64.StdEncoding.DecodeString(string(message[1:]))
		return message[0] - '0', bytes, err
	}
	return message[0], message[1:], nil
}

// readAll passes on what comes until the server says that this was all.
func (c *channels) readAll(to map[byte]*watched) error {
	for {
		channel, bytes, err := c.read()
		if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			return nil
		}
		if err != nil {
			return err
		}
		if to[channel] == nil {
			return fmt.Errorf("%d bytes on channel %d", len(bytes), channel)
		}
		to[channel].Write(bytes)
	}
}

// sender writes to a channel.
type sender struct {
	to      *channels
	channel byte
}

func (s sender) Write(p []byte) (int, error) { return len(p), s.to.write(s.channel, p) }

func overWebSocket(ctx context.Context, b *bench, protocol string, wanted streams, command ...string) (*session, error) {
	at, err := b.execURL(ctx, wanted, command...)
	if err != nil {
		return nil, err
	}
	c, err := dialChannels(ctx, at, protocol)
	if err != nil {
		return nil, err
	}
	s := newSession(c.Subprotocol())
	s.send = func(text string) error { return c.write(0, []byte(text)) }
	s.endInput = func() error { return c.write(255, []byte{0}) }
	s.resize = func(columns, rows int) error { return writeSize(sender{c, 4}, columns, rows) }
	go func() {
		defer c.Close()
		s.ended <- c.readAll(map[byte]*watched{1: s.out, 2: s.errors, 3: s.status})
	}()
	return s, nil
}

// portsHaveTwoChannels is how a WebSocket forwards ports without SPDY: data and errors of each, which begin with its number.
func portsHaveTwoChannels(ctx context.Context, b *bench) error {
	for _, protocol := range []string{"", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"} {
		if err := b.twoChannels(ctx, protocol); err != nil {
			return fmt.Errorf("%q: %w", protocol, err)
		}
	}
	return nil
}

func (b *bench) twoChannels(ctx context.Context, protocol string) error {
	port, stop, err := b.serve(ctx, "sh", "-c", "read line; echo got $line")
	if err != nil {
		return err
	}
	defer stop()
	const nobody = firstPort - 1
	response, err := b.cri.PortForward(ctx, &runtimeapi.PortForwardRequest{
		PodSandboxId: b.pod, Port: []int32{int32(port), nobody}})
	if err != nil {
		return err
	}
	at, err := url.Parse(response.Url)
	if err != nil {
		return err
	}
	c, err := dialChannels(ctx, at, protocol)
	if err != nil {
		return err
	}
	defer c.Close()
	if c.Subprotocol() != protocol {
		return fmt.Errorf("the server chose %q", c.Subprotocol())
	}
	came := map[byte]*watched{0: newWatched(), 1: newWatched(), 2: newWatched(), 3: newWatched()}
	if err := c.write(0, []byte("typed\n")); err != nil {
		return err
	}
	if err := c.readAll(came); err != nil {
		return err
	}
	first, second := number(port), number(nobody)
	for channel, want := range map[byte]string{0: first + "got typed\n", 1: first, 2: second} {
		if err := same(nil, came[channel].String(), want); err != nil {
			return fmt.Errorf("channel %d: %w", channel, err)
		}
	}
	why := came[3].String()
	if !strings.HasPrefix(why, second) || !strings.Contains(why, fmt.Sprint(nobody)) {
		return fmt.Errorf("the port of nobody is told as %q", why)
	}
	return nil
}

// number is how a port is named on its channels, the lower byte first.
func number(port uint16) string {
	return string(binary.LittleEndian.AppendUint16(nil, port))
}
