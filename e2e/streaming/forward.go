package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// firstPort is that of the first server; the next has the next: not every runtime ends a server whose client is gone.
const firstPort = 7001

// forwarded is ports of the pod on this machine, in one session.
type forwarded struct {
	addresses []string
	ended     chan error
	stop      chan struct{}
}

func (b *bench) forward(ctx context.Context, remote ...uint16) (*forwarded, error) {
	var asked []int32
	var wanted []string
	for _, port := range remote {
		asked = append(asked, int32(port))
		wanted = append(wanted, fmt.Sprintf("0:%d", port))
	}
	response, err := b.cri.PortForward(ctx, &runtimeapi.PortForwardRequest{PodSandboxId: b.pod, Port: asked})
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(response.Url)
	if err != nil {
		return nil, err
	}
	dialer, err := b.dialer(at)
	if err != nil {
		return nil, err
	}
	f := &forwarded{ended: make(chan error, 1), stop: make(chan struct{})}
	ready := make(chan struct{})
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, wanted,
		f.stop, ready, io.Discard, io.Discard)
	if err != nil {
		return nil, err
	}
	go func() { f.ended <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-f.ended:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return nil, err
	}
	for _, port := range ports {
		f.addresses = append(f.addresses, fmt.Sprintf("127.0.0.1:%d", port.Local))
	}
	return f, nil
}

func (b *bench) dialer(at *url.URL) (httpstream.Dialer, error) {
	config := &rest.Config{Host: at.Host, TLSClientConfig: rest.TLSClientConfig{Insecure: at.Scheme == "https"}}
	if b.transport == "websocket" {
		return portforward.NewSPDYOverWebsocketDialer(at, config)
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", at), nil
}

// serve runs a program of the container for each connection to a port, until the returned function is called.
func (b *bench) serve(ctx context.Context, program ...string) (uint16, func(), error) {
	port := uint16(firstPort + b.servers)
	b.servers++
	server, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		var errors bytes.Buffer
		err := b.exec(server, remotecommand.StreamOptions{Stderr: &errors},
			append([]string{"nc", "-ll", "-p", fmt.Sprint(port), "-e"}, program...)...)
		ended <- fmt.Errorf("%w %s", err, errors.String())
	}()
	stop := func() {
		end()
		<-ended
	}
	listening := fmt.Sprintf(":%X ", port)
	for {
		sockets, err := b.output(ctx, "cat /proc/net/tcp /proc/net/tcp6")
		if err != nil {
			stop()
			return 0, nil, err
		}
		if bytes.Contains([]byte(sockets), []byte(listening)) {
			return port, stop, nil
		}
		select {
		case err := <-ended:
			end()
			return 0, nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// withEcho runs a check against a server that sends back what it gets, and whose port is forwarded.
func withEcho(ctx context.Context, b *bench, run func(address string) error) error {
	return withServer(ctx, b, []string{"cat"}, run)
}

// withServer runs a check against a server whose port is forwarded.
func withServer(ctx context.Context, b *bench, program []string, run func(address string) error) error {
	port, stop, err := b.serve(ctx, program...)
	if err != nil {
		return err
	}
	defer stop()
	f, err := b.forward(ctx, port)
	if err != nil {
		return err
	}
	return f.end(run(f.addresses[0]))
}

// end ends the session and returns what failed first.
func (f *forwarded) end(failed error) error {
	close(f.stop)
	if ended := <-f.ended; failed == nil {
		return ended
	}
	return failed
}

// through sends data to an echo server, ends its side, and wants all of it back.
func through(ctx context.Context, address string, size int64) error {
	connection, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer connection.Close()
	return echoed(connection, size)
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if end, limited := ctx.Deadline(); err == nil && limited {
		connection.SetDeadline(end)
	}
	return connection, err
}

func echoed(connection net.Conn, size int64) error {
	sent := newData(size)
	failed := make(chan error, 1)
	go func() {
		_, err := io.Copy(connection, sent)
		if err == nil {
			err = connection.(*net.TCPConn).CloseWrite()
		}
		failed <- err
	}()
	came := sha256.New()
	if _, err := io.Copy(came, connection); err != nil {
		return err
	}
	if err := <-failed; err != nil {
		return err
	}
	if !bytes.Equal(came.Sum(nil), sent.digest.Sum(nil)) {
		return errors.New("what came back is not what was sent")
	}
	return nil
}

func portIsForwarded(ctx context.Context, b *bench) error {
	return withEcho(ctx, b, func(address string) error { return through(ctx, address, 1000) })
}

func muchDataIsForwarded(ctx context.Context, b *bench) error {
	return withEcho(ctx, b, func(address string) error { return through(ctx, address, int64(b.megabytes)<<20) })
}

func manyConnectionsAreForwarded(ctx context.Context, b *bench) error {
	return withEcho(ctx, b, func(address string) error {
		for i := 0; i < b.connections; i++ {
			if err := through(ctx, address, 10); err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
		}
		return nil
	})
}

func connectionsAtOnceAreForwarded(ctx context.Context, b *bench) error {
	return withEcho(ctx, b, func(address string) error {
		const count = 20
		failures := make(chan error, count)
		connections := make([]net.Conn, count)
		// One after the other: the server of busybox has a backlog of two, and resets what is beyond.
		for i := range connections {
			connection, err := dial(ctx, address)
			if err != nil {
				return err
			}
			defer connection.Close()
			if _, err := connection.Write([]byte("x")); err != nil {
				return err
			}
			if _, err := io.ReadFull(connection, make([]byte, 1)); err != nil {
				return err
			}
			connections[i] = connection
		}
		for _, connection := range connections {
			go func() { failures <- echoed(connection, 100_000) }()
		}
		var first error
		for i := 0; i < count; i++ {
			if err := <-failures; first == nil {
				first = err
			}
		}
		return first
	})
}

func severalPortsShareASession(ctx context.Context, b *bench) error {
	const count = 5
	var ports []uint16
	for i := 0; i < count; i++ {
		port, stop, err := b.serve(ctx, "echo", fmt.Sprint("server ", i))
		if err != nil {
			return err
		}
		defer stop()
		ports = append(ports, port)
	}
	f, err := b.forward(ctx, ports...)
	if err != nil {
		return err
	}
	return f.end(eachAnswers(ctx, f.addresses))
}

// eachAnswers wants of each of several servers what it alone says, with all of them connected.
func eachAnswers(ctx context.Context, addresses []string) error {
	var connections []net.Conn
	for _, address := range addresses {
		connection, err := dial(ctx, address)
		if err != nil {
			return err
		}
		defer connection.Close()
		connections = append(connections, connection)
	}
	for i, connection := range connections {
		answer, err := io.ReadAll(connection)
		if err := same(err, string(answer), fmt.Sprintf("server %d\n", i)); err != nil {
			return err
		}
	}
	return nil
}

// portOfNobodyIsTold relies on the library's end of everything when one connection is refused.
func portOfNobodyIsTold(ctx context.Context, b *bench) error {
	f, err := b.forward(ctx, 7009)
	if err != nil {
		return err
	}
	connection, err := net.Dial("tcp", f.addresses[0])
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := io.ReadAll(connection); err != nil && !errors.Is(err, io.EOF) {
		var reset net.Error
		if !errors.As(err, &reset) {
			return err
		}
	}
	select {
	case <-f.ended:
		return nil
	case <-ctx.Done():
		return errors.New("the client was not told that nobody listens")
	}
}
