// Command streaming checks exec, attach and port-forward of a container runtime with the library that
// kubectl is built on. It asks the runtime for URLs over the CRI, as a kubelet does, and connects to
// them itself.
//
//	streaming -endpoint unix:///run/x.sock -container ID -pod ID -transport spdy|websocket CHECK…
//
//	streaming -endpoint unix:///run/x.sock -image REFERENCE -transport spdy|websocket CHECK…
//	streaming -measure NAME=ENDPOINT… -image REFERENCE [-rounds 5] [-megabytes 1024] [-only port]
//
// Each check prints a line "ok CHECK" or "FAILED CHECK: why"; a failure makes the exit status 1.
// With an image instead of a container it makes a pod of its own for that. Measuring makes a pod on each of the runtimes,
// lets them take turns, and prints a table of how they compare.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"sort"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// bench is what checks have to work with.
type bench struct {
	cri       runtimeapi.RuntimeServiceClient
	images    runtimeapi.ImageServiceClient
	container string
	pod       string
	transport string
	megabytes int
	// connections is how many follow each other.
	connections int
	// servers is how many were started in the container.
	servers int
	// cgroup is where pods that are made go; empty: where the runtime puts them.
	cgroup string
}

type check func(context.Context, *bench) error

var checks = map[string]check{
	"stdin-is-echoed":                   stdinIsEchoed,
	"outputs-are-apart":                 outputsAreApart,
	"exit-codes-arrive":                 exitCodesArrive,
	"half-close-ends-input":             halfCloseEndsInput,
	"terminal-is-resized":               terminalIsResized,
	"terminal-has-its-size-at-once":     terminalHasItsSizeAtOnce,
	"hundred-at-once":                   hundredAtOnce,
	"much-data-arrives-whole":           muchDataArrivesWhole,
	"vanished-client-kills":             vanishedClientKills,
	"missing-command-is-told":           missingCommandIsTold,
	"attach-sees-output":                attachSeesOutput,
	"slow-reader-loses-nothing":         slowReaderLosesNothing,
	"unread-input-does-not-disturb":     unreadInputDoesNotDisturb,
	"port-is-forwarded":                 portIsForwarded,
	"much-data-is-forwarded":            muchDataIsForwarded,
	"many-connections-are-forwarded":    manyConnectionsAreForwarded,
	"connections-at-once-are-forwarded": connectionsAtOnceAreForwarded,
	"several-ports-share-a-session":     severalPortsShareASession,
	"port-of-nobody-is-told":            portOfNobodyIsTold,
	"spdy-dialects-are-spoken":          dialectsAreSpoken(spdyDialects, overSPDY),
	"unnamed-dialect-is-spoken":         dialectsAreSpoken(unnamedDialects, overSPDY),
	"websocket-dialects-are-spoken":     dialectsAreSpoken(webSocketDialects, overWebSocket),
	"closing-dialect-is-spoken":         dialectsAreSpoken(closingDialects, overWebSocket),
	"ports-have-two-channels":           portsHaveTwoChannels,
}

func main() {
	var b bench
	endpoint := flag.String("endpoint", "", "the CRI socket, as unix:///run/x.sock")
	flag.StringVar(&b.container, "container", "", "id of a running container")
	flag.StringVar(&b.pod, "pod", "", "id of its pod")
	flag.StringVar(&b.transport, "transport", "spdy", "spdy or websocket")
	flag.IntVar(&b.megabytes, "megabytes", 64, "how much data the checks of much data move")
	flag.IntVar(&b.connections, "connections", 100, "how many connections the check of many makes")
	var runtimes peers
	flag.Var(&runtimes, "measure", "a runtime to measure, as NAME=ENDPOINT")
	image := flag.String("image", "", "what pods run that are made, a busybox")
	flag.StringVar(&b.cgroup, "cgroup-parent", "", "the cgroup of pods that are made")
	rounds := flag.Int("rounds", 5, "how many times each runtime is measured")
	only := flag.String("only", "", "a word in the names of what is measured")
	limit := flag.Duration("limit", time.Minute, "how long a check may take")
	flag.Parse()
	if len(runtimes) > 0 {
		if err := measure(context.Background(), runtimes, b, *image, *rounds, *only); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := b.connect(*endpoint); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	names := flag.Args()
	if len(names) == 0 {
		for name := range checks {
			names = append(names, name)
		}
		sort.Strings(names)
	}
	passed, err := b.checkAll(*image, names, *limit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !passed {
		os.Exit(1)
	}
}

// checkAll runs checks in the container that was named, or in one that it makes of an image.
func (b *bench) checkAll(image string, names []string, limit time.Duration) (bool, error) {
	if image != "" {
		remove, err := b.makePod(context.Background(), image)
		if err != nil {
			return false, err
		}
		defer remove()
	}
	return b.check(names, limit), nil
}

func (b *bench) connect(endpoint string) error {
	connection, err := grpc.NewClient(endpoint,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("localhost"))
	if err != nil {
		return err
	}
	b.cri = runtimeapi.NewRuntimeServiceClient(connection)
	b.images = runtimeapi.NewImageServiceClient(connection)
	return nil
}

// check runs checks one after the other, and returns whether all of them passed.
func (b *bench) check(names []string, limit time.Duration) bool {
	passed := true
	for _, name := range names {
		run, known := checks[name]
		if !known {
			fmt.Fprintf(os.Stderr, "no check %q\n", name)
			os.Exit(2)
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		began := time.Now()
		if err := run(ctx, b); err != nil {
			passed = false
			fmt.Printf("FAILED %s: %v\n", name, err)
		} else {
			fmt.Printf("ok %s %dms\n", name, time.Since(began).Milliseconds())
		}
		cancel()
	}
	return passed
}

// streams says which streams a command has.
type streams struct{ stdin, stdout, stderr, tty bool }

func (b *bench) execURL(ctx context.Context, s streams, command ...string) (*url.URL, error) {
	response, err := b.cri.Exec(ctx, &runtimeapi.ExecRequest{
		ContainerId: b.container, Cmd: command,
		Stdin: s.stdin, Stdout: s.stdout, Stderr: s.stderr, Tty: s.tty,
	})
	if err != nil {
		return nil, err
	}
	return url.Parse(response.Url)
}

func (b *bench) executor(at *url.URL) (remotecommand.Executor, error) {
	config := &rest.Config{Host: at.Host, TLSClientConfig: rest.TLSClientConfig{Insecure: at.Scheme == "https"}}
	if b.transport == "websocket" {
		return remotecommand.NewWebSocketExecutor(config, "GET", at.String())
	}
	return remotecommand.NewSPDYExecutor(config, "POST", at)
}

// exec runs a command with the streams that options has.
func (b *bench) exec(ctx context.Context, options remotecommand.StreamOptions, command ...string) error {
	at, err := b.execURL(ctx, streams{options.Stdin != nil, options.Stdout != nil, options.Stderr != nil, options.Tty}, command...)
	if err != nil {
		return err
	}
	executor, err := b.executor(at)
	if err != nil {
		return err
	}
	return executor.StreamWithContext(ctx, options)
}

// output runs a shell script and returns what it prints.
func (b *bench) output(ctx context.Context, script string) (string, error) {
	var out strings.Builder
	err := b.exec(ctx, remotecommand.StreamOptions{Stdout: &out}, "sh", "-c", script)
	return out.String(), err
}
