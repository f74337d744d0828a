/* Messages one after the other through the EVP interface, with a context kept for each key. */
#include "peer.h"

#include <openssl/evp.h>
#include <string.h>

static EVP_CIPHER_CTX *contexts[MESSAGES_MAX];
static const uint8_t iv[16];

void prepare(struct peer *peer)
{
    const EVP_CIPHER *cipher = NULL;
    if (strcmp(peer->operation, "aes-256-cbc") == 0) cipher = EVP_aes_256_cbc();
    if (strcmp(peer->operation, "des-ede3-cbc") == 0) cipher = EVP_des_ede3_cbc();
    if (!cipher) fail("no such operation");
    for (size_t at = 0; at < peer->messages; at++) {
        contexts[at] = EVP_CIPHER_CTX_new();
        if (!contexts[at] ||
            EVP_EncryptInit_ex(contexts[at], cipher, NULL, peer->keys[at], iv) != 1 ||
            EVP_CIPHER_CTX_set_padding(contexts[at], 0) != 1)
            fail("no context");
    }
}

void batch(struct peer *peer)
{
    for (size_t at = 0; at < peer->messages; at++) {
        int written;
        if (EVP_EncryptInit_ex(contexts[at], NULL, NULL, NULL, iv) != 1 ||
            EVP_EncryptUpdate(contexts[at], peer->data[at], &written, peer->data[at],
                              (int)peer->bytes) != 1)
            fail("it does not encrypt");
    }
}
