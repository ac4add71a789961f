// Measures an etcd cluster as `paxos bench` does ours: clients in a closed loop, after a warm-up, and the same line in the end.
// A call that fails ends the run.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
)

const (
	keys             = 1000
	warmUpTotal      = 2000
	warmUpOfEach     = 100
	operationTimeout = 10 * time.Second
)

type operation func(ctx context.Context, client *clientv3.Client, key string) error

func main() {
	log.SetFlags(0)
	op := flag.String("op", "write", "write, or read: linearizable")
	endpoints := flag.String("endpoints", "", "where the members serve clients: URL,...")
	clients := flag.Int("clients", 1, "how many clients, each waiting for its answer before it asks again")
	connections := flag.Int("connections", 1, "how many connections they share")
	size := flag.Int("size", 256, "bytes of a value")
	total := flag.Int("total", 2000, "operations that are measured")
	flag.Parse()

	value := strings.Repeat("x", *size)
	write := func(ctx context.Context, client *clientv3.Client, key string) error {
		_, err := client.Put(ctx, key, value)
		return err
	}
	read := func(ctx context.Context, client *clientv3.Client, key string) error {
		answer, err := client.Get(ctx, key)
		if err == nil && len(answer.Kvs) != 1 {
			err = fmt.Errorf("%s is not there", key)
		}
		return err
	}
	measured, known := map[string]operation{"write": write, "read": read}[*op]
	if !known || *clients < 1 || *connections < 1 || *total < 1 {
		log.Fatalf("etcdbench: no such run: %s by %d clients over %d connections, %d times", *op, *clients, *connections, *total)
	}

	var opened []*clientv3.Client
	for i := 0; i < *connections; i++ {
		client, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(*endpoints, ","), DialTimeout: operationTimeout})
		if err != nil {
			log.Fatalf("etcdbench: %v", err)
		}
		opened = append(opened, client)
	}
	if *op == "read" {
		run(opened, *clients, keys, write)
	}
	warmUp := *clients * warmUpOfEach
	if warmUp < warmUpTotal {
		warmUp = warmUpTotal
	}
	if *total < warmUp {
		warmUp = *total
	}
	if *clients > warmUp {
		warmUp = *clients
	}
	run(opened, *clients, warmUp, measured)

	started := time.Now()
	latencies := run(opened, *clients, *total, measured)
	elapsed := time.Since(started)
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	fmt.Printf("%s clients=%d size=%d: %.0f op/s  p50 %.2f  p99 %.2f  max %.2f   (ms)\n",
		*op, *clients, *size, float64(*total)/elapsed.Seconds(),
		milliseconds(latencies[*total*50/100]), milliseconds(latencies[*total*99/100]), milliseconds(latencies[*total-1]))
}

// The latency of each operation.
func run(opened []*clientv3.Client, clients int, total int, ask operation) []time.Duration {
	latencies := make([]time.Duration, total)
	next := int64(-1)
	var running sync.WaitGroup
	for i := 0; i < clients; i++ {
		running.Add(1)
		go func(client *clientv3.Client) {
			defer running.Done()
			for {
				n := atomic.AddInt64(&next, 1)
				if n >= int64(total) {
					return
				}
				ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
				started := time.Now()
				if err := ask(ctx, client, fmt.Sprintf("k%d", n%keys)); err != nil {
					log.Fatalf("etcdbench: operation %d failed: %v", n, err)
				}
				latencies[n] = time.Since(started)
				cancel()
			}
		}(opened[i%len(opened)])
	}
	running.Wait()
	return latencies
}

func milliseconds(latency time.Duration) float64 { return float64(latency) / float64(time.Millisecond) }
