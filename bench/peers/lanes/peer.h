/* The other side of a comparison with our lanes: arguments, keys, messages, windows.
 *
 *   PROGRAM OPERATION BYTES MESSAGES WINDOW_NS
 *
 * prints the FNV-1a checksum of its first results, then for each line that it reads the
 * nanoseconds of processor time that a message took in one window. Keys are expanded before. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

enum { MESSAGES_MAX = 128, BYTES_MAX = 16384, KEY_BYTES_MAX = 32 };

struct peer {
    const char *operation;
    size_t bytes;
    size_t messages;
    uint8_t keys[MESSAGES_MAX][KEY_BYTES_MAX];
    uint8_t *data[MESSAGES_MAX];
};

/* Of each program: expands the keys, then encrypts all messages in place, as often as it is called.
 * Both end the program when they cannot. */
void prepare(struct peer *peer);
void batch(struct peer *peer);

/* Ends the program with a text. */
_Noreturn void fail(const char *text);

#endif
