/* Measures writes of a ZooKeeper ensemble as `paxos bench` does those of ours: clients in a closed loop, after a warm-up, and the
   same line in the end. An operation that fails ends the run.

   usage: zkbench HOST:PORT,... CONNECTIONS CLIENTS TOTAL SIZE

   A client is no thread: it is an operation at a time of its connection, whose completion asks for the next. */
#define THREADED
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

enum { KEYS = 1000, WARM_UP_TOTAL = 2000, WARM_UP_OF_EACH = 100, SESSION_TIMEOUT_MS = 10000, CONNECT_TIMEOUT_MS = 30000 };

struct client {
    zhandle_t *connection;
    long operation; /* that it waits for */
    double started; /* ms */
};

/* The round that is run: each operation is taken by one client, and its latency written by that client alone. */
static int creating;
static atomic_long next;
static long total;
static double *latencies; /* ms */

static char *value;
static int size;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int running; /* clients, guarded by the mutex */

static double now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void fail(const char *what, int code)
{
    fprintf(stderr, "zkbench: %s: %s\n", what, zerror(code));
    _exit(1); /* other threads go on meanwhile */
}

static void ask(struct client *client);

static void answered(struct client *client, int code)
{
    if (code != ZOK && !(creating && code == ZNODEEXISTS))
        fail("an operation failed", code);
    latencies[client->operation] = now_ms() - client->started;
    ask(client);
}

static void created(int code, const char *name, const void *client) { answered((struct client *)client, code); }
static void written(int code, const struct Stat *stat, const void *client) { answered((struct client *)client, code); }

static void ask(struct client *client)
{
    char key[32];
    int code;

    client->operation = atomic_fetch_add(&next, 1);
    if (client->operation >= total) {
        pthread_mutex_lock(&mutex);
        if (--running == 0)
            pthread_cond_signal(&ended);
        pthread_mutex_unlock(&mutex);
        return;
    }
    snprintf(key, sizeof key, "/k%ld", client->operation % KEYS);
    client->started = now_ms();
    code = creating ? zoo_acreate(client->connection, key, value, size, &ZOO_OPEN_ACL_UNSAFE, 0, created, client)
                    : zoo_aset(client->connection, key, value, size, -1, written, client);
    if (code != ZOK)
        fail("an operation could not be asked for", code);
}

static void run(struct client *clients, int count, long operations)
{
    int i;

    atomic_store(&next, 0);
    total = operations;
    running = count;
    for (i = 0; i < count; i++)
        ask(&clients[i]);
    pthread_mutex_lock(&mutex);
    while (running > 0)
        pthread_cond_wait(&ended, &mutex);
    pthread_mutex_unlock(&mutex);
}

static zhandle_t *connect_to(const char *hosts)
{
    zhandle_t *connection = zookeeper_init(hosts, NULL, SESSION_TIMEOUT_MS, NULL, NULL, 0);
    double deadline = now_ms() + CONNECT_TIMEOUT_MS;

    if (connection == NULL)
        fail("no connection", ZSYSTEMERROR);
    while (zoo_state(connection) != ZOO_CONNECTED_STATE) {
        if (now_ms() > deadline)
            fail("no connection", ZOPERATIONTIMEOUT);
        usleep(1000);
    }
    return connection;
}

static long max(long a, long b) { return a > b ? a : b; }

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

int main(int count, char **arguments)
{
    int connections = count == 6 ? atoi(arguments[2]) : 0, clients_count = connections > 0 ? atoi(arguments[3]) : 0, i;
    long measured = clients_count > 0 ? atol(arguments[4]) : 0, warm_up;
    zhandle_t **opened;
    struct client *clients;
    double started, elapsed;

    size = measured > 0 ? atoi(arguments[5]) : 0;
    if (size < 1) {
        fprintf(stderr, "usage: zkbench HOST:PORT,... CONNECTIONS CLIENTS TOTAL SIZE\n");
        return 2;
    }
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    value = malloc(size);
    memset(value, 'x', size);
    opened = calloc(connections, sizeof *opened);
    for (i = 0; i < connections; i++)
        opened[i] = connect_to(arguments[1]);
    clients = calloc(clients_count, sizeof *clients);
    for (i = 0; i < clients_count; i++)
        clients[i].connection = opened[i % connections];

    warm_up = max(WARM_UP_TOTAL, clients_count * WARM_UP_OF_EACH);
    warm_up = max(clients_count, measured < warm_up ? measured : warm_up);
    latencies = calloc(max(KEYS, max(warm_up, measured)), sizeof *latencies);
    creating = 1;
    run(clients, clients_count, KEYS);
    creating = 0;
    run(clients, clients_count, warm_up);

    started = now_ms();
    run(clients, clients_count, measured);
    elapsed = now_ms() - started;
    qsort(latencies, measured, sizeof *latencies, by_size);
    printf("write clients=%d size=%d: %.0f op/s  p50 %.2f  p99 %.2f  max %.2f   (ms)\n", clients_count, size, measured / elapsed * 1e3,
           latencies[measured * 50 / 100], latencies[measured * 99 / 100], latencies[measured - 1]);
    for (i = 0; i < connections; i++)
        zookeeper_close(opened[i]);
    return 0;
}
