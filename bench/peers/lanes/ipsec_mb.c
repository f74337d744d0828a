/* Messages side by side through libipsec-mb: a burst for AES, jobs for triple DES. */
#include "peer.h"

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

static IMB_MGR *manager;
static int is_des;
static const uint8_t iv[16];
static IMB_JOB burst[MESSAGES_MAX];
static uint8_t (*schedules)[2][15 * 16];
static uint64_t (*des_schedules)[3][IMB_DES_KEY_SCHED_SIZE / sizeof(uint64_t)];
static const void *des_keys[MESSAGES_MAX][3];

static void describe(struct peer *peer, IMB_JOB *job, size_t at)
{
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->cipher_mode = is_des ? IMB_CIPHER_DES3 : IMB_CIPHER_CBC;
    job->hash_alg = IMB_AUTH_NULL;
    job->src = job->dst = peer->data[at];
    job->msg_len_to_cipher_in_bytes = peer->bytes;
    job->iv = iv;
    job->iv_len_in_bytes = is_des ? 8 : 16;
    job->key_len_in_bytes = is_des ? 24 : 32;
    job->enc_keys = is_des ? (const void *)des_keys[at] : schedules[at][0];
    job->dec_keys = is_des ? (const void *)des_keys[at] : schedules[at][1];
}

void prepare(struct peer *peer)
{
    is_des = strcmp(peer->operation, "des-ede3-cbc") == 0;
    if (!is_des && strcmp(peer->operation, "aes-256-cbc") != 0) fail("no such operation");
    manager = alloc_mb_mgr(0);
    if (!manager) fail("no manager");
    init_mb_mgr_auto(manager, NULL);
    schedules = aligned_alloc(64, sizeof *schedules * MESSAGES_MAX);
    des_schedules = aligned_alloc(64, sizeof *des_schedules * MESSAGES_MAX);
    if (!schedules || !des_schedules) fail("no memory");
    for (size_t at = 0; at < peer->messages; at++) {
        IMB_AES_KEYEXP_256(manager, peer->keys[at], schedules[at][0], schedules[at][1]);
        for (int part = 0; part < 3; part++) {
            IMB_DES_KEYSCHED(manager, des_schedules[at][part], peer->keys[at] + 8 * part);
            des_keys[at][part] = des_schedules[at][part];
        }
    }
}

static void batch_of_des(struct peer *peer)
{
    size_t done = 0;
    for (size_t at = 0; at < peer->messages; at++) {
        describe(peer, IMB_GET_NEXT_JOB(manager), at);
        for (IMB_JOB *job = IMB_SUBMIT_JOB_NOCHECK(manager); job;
             job = IMB_GET_COMPLETED_JOB(manager))
            done += job->status == IMB_STATUS_COMPLETED;
    }
    for (IMB_JOB *job; (job = IMB_FLUSH_JOB(manager));) done += job->status == IMB_STATUS_COMPLETED;
    if (done != peer->messages) fail("a job is lost");
}

void batch(struct peer *peer)
{
    if (is_des) {
        batch_of_des(peer);
        return;
    }
    for (size_t at = 0; at < peer->messages; at++) describe(peer, &burst[at], at);
    uint32_t count = (uint32_t)peer->messages;
    if (IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager, burst, count, IMB_CIPHER_CBC, IMB_DIR_ENCRYPT,
                                        IMB_KEY_256_BYTES) != count)
        fail("a job is lost");
}
