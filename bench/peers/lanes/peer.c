/* What both programs have in common; see peer.h. */
#define _GNU_SOURCE
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

_Noreturn void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static uint64_t processor_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) fail("no clock of the thread");
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static size_t number(const char *text, size_t most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == 0 || *end != 0 || value == 0 || value > most) fail("a number out of range");
    return value;
}

static void fill(struct peer *peer)
{
    for (size_t at = 0; at < peer->messages; at++) {
        peer->data[at] = aligned_alloc(64, (peer->bytes + 63) / 64 * 64);
        if (!peer->data[at]) fail("no memory");
        for (size_t byte = 0; byte < peer->bytes; byte++)
            peer->data[at][byte] = (uint8_t)(at * 31 + byte * 7);
        for (size_t byte = 0; byte < KEY_BYTES_MAX; byte++)
            peer->keys[at][byte] = (uint8_t)(at * 37) ^ (uint8_t)byte;
    }
}

static uint64_t checksum(const struct peer *peer)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t at = 0; at < peer->messages; at++)
        for (size_t byte = 0; byte < peer->bytes; byte++)
            sum = (sum ^ peer->data[at][byte]) * 0x100000001b3u;
    return sum;
}

static double window(struct peer *peer, uint64_t span)
{
    /* The other side has had the caches. */
    batch(peer);
    uint64_t start = processor_ns(), spent = 0, calls = 0;
    while (spent < span) {
        for (int call = 0; call < 8; call++) batch(peer);
        calls += 8;
        spent = processor_ns() - start;
    }
    return (double)spent / ((double)calls * (double)peer->messages);
}

int main(int count, char **arguments)
{
    static struct peer peer;
    if (count != 5) fail("usage: PROGRAM OPERATION BYTES MESSAGES WINDOW_NS");
    peer.operation = arguments[1];
    peer.bytes = number(arguments[2], BYTES_MAX);
    peer.messages = number(arguments[3], MESSAGES_MAX);
    uint64_t span = number(arguments[4], 1000000000u);
    fill(&peer);
    prepare(&peer);
    batch(&peer);
    printf("%016llx\n", (unsigned long long)checksum(&peer));
    fflush(stdout);
    for (int byte; (byte = getchar()) != EOF;) {
        if (byte != '\n') continue;
        printf("%.4f\n", window(&peer, span));
        fflush(stdout);
    }
    return 0;
}
