package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"k8s.io/client-go/tools/remotecommand"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// peers are the runtimes to be measured, as name=endpoint, in the order in which they were named.
type peers []peer

type peer struct{ name, endpoint string }

func (p *peers) String() string { return fmt.Sprint(*p) }

func (p *peers) Set(text string) error {
	name, endpoint, whole := strings.Cut(text, "=")
	if !whole {
		return fmt.Errorf("%q is not NAME=ENDPOINT", text)
	}
	*p = append(*p, peer{name, endpoint})
	return nil
}

// measurement is something of which there is a number each time.
type measurement struct {
	name string
	unit string
	// larger is whether more is better.
	larger bool
	run    func(context.Context, *bench) ([]float64, error)
}

var measurements = []measurement{
	{"exec of true", "ms", false, execsOfTrue},
	{"cat through exec, both ways", "MB/s", true, catThroughExec},
	{"output of exec", "MB/s", true, outputOfExec},
	{"through a port-forward, both ways", "MB/s", true, echoThroughPort},
	{"from a port-forward", "MB/s", true, outputOfPort},
	{"connection to a forwarded port", "ms", false, connectionsToPort},
}

// chosen is the measurements whose names contain a word, or all of them.
func chosen(word string) ([]measurement, error) {
	var some []measurement
	for _, m := range measurements {
		if strings.Contains(m.name, word) {
			some = append(some, m)
		}
	}
	if some == nil {
		return nil, fmt.Errorf("no measurement is called %q", word)
	}
	return some, nil
}

// measure lets the runtimes take turns and prints a table of medians, each with the ratio to the last runtime.
func measure(ctx context.Context, runtimes peers, base bench, image string, rounds int, word string) error {
	wanted, err := chosen(word)
	if err != nil {
		return err
	}
	benches := make([]*bench, len(runtimes))
	for i, each := range runtimes {
		b := base
		if err := b.connect(each.endpoint); err != nil {
			return err
		}
		remove, err := b.makePod(ctx, image)
		if err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
		defer remove()
		benches[i] = &b
	}
	samples := map[string][]float64{}
	for round := 0; round < rounds; round++ {
		for _, m := range wanted {
			for i := range benches {
				// Who begins changes.
				at := (i + round) % len(benches)
				got, err := limited(ctx, m, benches[at])
				if err != nil {
					return fmt.Errorf("%s of %s: %w", m.name, runtimes[at].name, err)
				}
				fmt.Fprintf(os.Stderr, "%s of %s: %.1f %s\n", m.name, runtimes[at].name, quantile(got, 0.5), m.unit)
				key := m.name + runtimes[at].name
				samples[key] = append(samples[key], got...)
			}
		}
	}
	printTable(runtimes, wanted, samples)
	return nil
}

func limited(ctx context.Context, m measurement, b *bench) ([]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return m.run(ctx, b)
}

func printTable(runtimes peers, wanted []measurement, samples map[string][]float64) {
	line := "| what | n |"
	rule := "|---|--:|"
	for _, each := range runtimes {
		line += fmt.Sprintf(" %s: median | worst tenth |", each.name)
		rule += "--:|--:|"
	}
	fmt.Printf("%s ratio |\n%s--:|\n", line, rule)
	last := runtimes[len(runtimes)-1].name
	for _, m := range wanted {
		line := fmt.Sprintf("| %s |", m.name)
		for i, each := range runtimes {
			got := samples[m.name+each.name]
			if i == 0 {
				line += fmt.Sprintf(" %d |", len(got))
			}
			worst := 0.9
			if m.larger {
				worst = 0.1
			}
			line += fmt.Sprintf(" %.1f %s | %.1f %s |", quantile(got, 0.5), m.unit, quantile(got, worst), m.unit)
		}
		ratio := quantile(samples[m.name+runtimes[0].name], 0.5) / quantile(samples[m.name+last], 0.5)
		fmt.Printf("%s %.2f |\n", line, ratio)
	}
}

func quantile(of []float64, q float64) float64 {
	sorted := append([]float64(nil), of...)
	sort.Float64s(sorted)
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// makePod runs a container that prints "tick" again and again in a pod of its own, until the returned function is called.
func (b *bench) makePod(ctx context.Context, image string) (func(), error) {
	spec := &runtimeapi.ImageSpec{Image: image}
	if _, err := b.images.PullImage(ctx, &runtimeapi.PullImageRequest{Image: spec}); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("streaming-%d", time.Now().UnixNano())
	config := &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Name: name, Uid: name, Namespace: "bench"},
		Linux:    &runtimeapi.LinuxPodSandboxConfig{CgroupParent: b.cgroup},
	}
	pod, err := b.cri.RunPodSandbox(ctx, &runtimeapi.RunPodSandboxRequest{Config: config})
	if err != nil {
		return nil, err
	}
	b.pod = pod.PodSandboxId
	remove := func() {
		after := context.Background()
		b.cri.StopPodSandbox(after, &runtimeapi.StopPodSandboxRequest{PodSandboxId: b.pod})
		b.cri.RemovePodSandbox(after, &runtimeapi.RemovePodSandboxRequest{PodSandboxId: b.pod})
	}
	created, err := b.cri.CreateContainer(ctx, &runtimeapi.CreateContainerRequest{
		PodSandboxId: b.pod, SandboxConfig: config,
		Config: &runtimeapi.ContainerConfig{
			Metadata: &runtimeapi.ContainerMetadata{Name: "c"}, Image: spec,
			Command: []string{"/bin/sh", "-c", "while :; do echo tick; sleep 0.2; done"},
		},
	})
	if err == nil {
		b.container = created.ContainerId
		_, err = b.cri.StartContainer(ctx, &runtimeapi.StartContainerRequest{ContainerId: b.container})
	}
	if err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}

func execsOfTrue(ctx context.Context, b *bench) ([]float64, error) {
	took := make([]float64, 25)
	for i := range took {
		began := time.Now()
		if err := b.exec(ctx, remotecommand.StreamOptions{Stdout: io.Discard}, "true"); err != nil {
			return nil, err
		}
		took[i] = millis(began)
	}
	return took, nil
}

func catThroughExec(ctx context.Context, b *bench) ([]float64, error) {
	return b.moved(func() (int64, error) {
		var came counter
		err := b.exec(ctx, remotecommand.StreamOptions{Stdin: b.zeros(), Stdout: &came}, "cat")
		return int64(came), err
	})
}

func outputOfExec(ctx context.Context, b *bench) ([]float64, error) {
	return b.moved(func() (int64, error) {
		var came counter
		err := b.exec(ctx, remotecommand.StreamOptions{Stdout: &came}, "head", "-c", fmt.Sprint(b.size()), "/dev/zero")
		return int64(came), err
	})
}

func echoThroughPort(ctx context.Context, b *bench) ([]float64, error) {
	return b.fromPort(ctx, []string{"cat"}, b.zeros())
}

func outputOfPort(ctx context.Context, b *bench) ([]float64, error) {
	return b.fromPort(ctx, []string{"head", "-c", fmt.Sprint(b.size()), "/dev/zero"}, strings.NewReader(""))
}

// fromPort measures how fast so much of what a server says comes, while something is sent to it. Neither ends its
// direction: not every runtime passes that on.
func (b *bench) fromPort(ctx context.Context, server []string, sent io.Reader) ([]float64, error) {
	var took []float64
	err := withServer(ctx, b, server, func(address string) error {
		var err error
		took, err = b.moved(func() (int64, error) {
			connection, err := dial(ctx, address)
			if err != nil {
				return 0, err
			}
			defer connection.Close()
			failed := make(chan error, 1)
			go func() {
				_, err := io.Copy(connection, sent)
				failed <- err
			}()
			var came counter
			if _, err := io.CopyN(&came, connection, b.size()); err != nil {
				return 0, err
			}
			return int64(came), <-failed
		})
		return err
	})
	return took, err
}

func connectionsToPort(ctx context.Context, b *bench) ([]float64, error) {
	took := make([]float64, 25)
	err := withServer(ctx, b, []string{"cat"}, func(address string) error {
		for i := range took {
			began := time.Now()
			connection, err := dial(ctx, address)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(connection, "x"); err != nil {
				return err
			}
			if _, err := io.ReadFull(connection, make([]byte, 1)); err != nil {
				return err
			}
			took[i] = millis(began)
			connection.Close()
		}
		return nil
	})
	return took, err
}

// moved is the rate of something that has to move all the bytes.
func (b *bench) moved(run func() (int64, error)) ([]float64, error) {
	began := time.Now()
	count, err := run()
	if err != nil {
		return nil, err
	}
	if count != b.size() {
		return nil, fmt.Errorf("%d bytes came, not %d", count, b.size())
	}
	return []float64{float64(b.size()) / 1e6 / time.Since(began).Seconds()}, nil
}

func millis(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func (b *bench) size() int64 { return int64(b.megabytes) << 20 }

// zeros is the least that there is to do to have something to send.
func (b *bench) zeros() io.Reader { return io.LimitReader(zeros{}, b.size()) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// counter is output of which nothing but the length is of use.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
