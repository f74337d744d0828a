/* Messages one after the other through PKCS#11 of SoftHSM, in a token of this process: AES under
 * session keys, of which each message has its own, and RSA under one that is made here. */
#define _GNU_SOURCE
#include "peer.h"

#include <dlfcn.h>
#include <ftw.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"

enum { RSA_BITS = 2048, TAG_BYTES = 16 };

static CK_FUNCTION_LIST *pkcs11;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE keys[MESSAGES_MAX];
static CK_MECHANISM mechanism;
static int signs;
static CK_BYTE iv[16], nonce[12];
static CK_GCM_PARAMS gcm = {nonce, sizeof nonce, 8 * sizeof nonce, NULL, 0, 8 * TAG_BYTES};
static CK_BYTE made[BYTES_MAX + TAG_BYTES];
static char folder[] = "/tmp/typex-softhsm-XXXXXX";

static void check(CK_RV status, const char *what)
{
    if (status != CKR_OK) fail(what);
}

static int removed(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void clean(void)
{
    nftw(folder, removed, 8, FTW_DEPTH | FTW_PHYS);
}

/* A folder of this process for the token, so that none of the machine's is touched. */
static void make_folder(void)
{
    char path[sizeof folder + 32];
    if (!mkdtemp(folder)) fail("no folder for the token");
    atexit(clean);
    snprintf(path, sizeof path, "%s/softhsm2.conf", folder);
    FILE *file = fopen(path, "w");
    if (!file) fail("no configuration");
    fprintf(file, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", folder);
    if (fclose(file) != 0 || setenv("SOFTHSM2_CONF", path, 1) != 0) fail("no configuration");
}

static void open_session(void)
{
    static CK_UTF8CHAR pin[] = "12345678", label[32];
    CK_SLOT_ID slot;
    CK_ULONG count = 1;
    memset(label, ' ', sizeof label);
    check(pkcs11->C_Initialize(NULL), "C_Initialize");
    check(pkcs11->C_GetSlotList(CK_TRUE, &slot, &count), "C_GetSlotList");
    check(pkcs11->C_InitToken(slot, pin, sizeof pin - 1, label), "C_InitToken");
    count = 1;
    /* The token has another slot now; the first of two is it, the second a blank one. */
    CK_RV listed = pkcs11->C_GetSlotList(CK_TRUE, &slot, &count);
    if (listed != CKR_OK) {
        CK_SLOT_ID both[2];
        count = 2;
        check(pkcs11->C_GetSlotList(CK_TRUE, both, &count), "C_GetSlotList");
        slot = both[0];
    }
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    check(pkcs11->C_OpenSession(slot, flags, NULL, NULL, &session), "C_OpenSession");
    check(pkcs11->C_Login(session, CKU_SO, pin, sizeof pin - 1), "C_Login of the officer");
    check(pkcs11->C_InitPIN(session, pin, sizeof pin - 1), "C_InitPIN");
    check(pkcs11->C_Logout(session), "C_Logout");
    check(pkcs11->C_Login(session, CKU_USER, pin, sizeof pin - 1), "C_Login");
}

static void bring_aes(struct peer *peer)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    for (size_t at = 0; at < peer->messages; at++) {
        CK_ATTRIBUTE key[] = {
            {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type},
            {CKA_TOKEN, &no, sizeof no},       {CKA_ENCRYPT, &yes, sizeof yes},
            {CKA_VALUE, peer->keys[at], 32},
        };
        check(pkcs11->C_CreateObject(session, key, 5, &keys[at]), "C_CreateObject");
    }
}

static void make_rsa(struct peer *peer)
{
    CK_MECHANISM generate = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CK_ULONG bits = RSA_BITS;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ATTRIBUTE open[] = {{CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_TOKEN, &no, sizeof no}};
    CK_ATTRIBUTE secret[] = {{CKA_SIGN, &yes, sizeof yes}, {CKA_TOKEN, &no, sizeof no}};
    CK_OBJECT_HANDLE public_key;
    if (peer->bytes != RSA_BITS / 8) fail("as many bytes as the modulus");
    check(pkcs11->C_GenerateKeyPair(session, &generate, open, 2, secret, 2, &public_key, keys),
          "C_GenerateKeyPair");
    for (size_t at = 0; at < peer->messages; at++) {
        keys[at] = keys[0];
        /* As a number it is below any modulus of its length. */
        peer->data[at][0] = 0;
    }
}

void prepare(struct peer *peer)
{
    CK_C_GetFunctionList list;
    void *module = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
    if (!module) fail("there is no " MODULE);
    *(void **)&list = dlsym(module, "C_GetFunctionList");
    if (!list) fail("not a module of PKCS#11");
    check(list(&pkcs11), "C_GetFunctionList");
    make_folder();
    open_session();
    if (strcmp(peer->operation, "aes-256-cbc") == 0) {
        mechanism = (CK_MECHANISM){CKM_AES_CBC, iv, sizeof iv};
    } else if (strcmp(peer->operation, "aes-256-gcm") == 0) {
        mechanism = (CK_MECHANISM){CKM_AES_GCM, &gcm, sizeof gcm};
    } else if (strcmp(peer->operation, "rsa-2048") == 0) {
        mechanism = (CK_MECHANISM){CKM_RSA_X_509, NULL, 0};
        signs = 1;
    } else {
        fail("no such operation");
    }
    if (signs) make_rsa(peer);
    else bring_aes(peer);
}

void batch(struct peer *peer)
{
    for (size_t at = 0; at < peer->messages; at++) {
        CK_ULONG length = sizeof made;
        if (signs) {
            check(pkcs11->C_SignInit(session, &mechanism, keys[at]), "C_SignInit");
            check(pkcs11->C_Sign(session, peer->data[at], peer->bytes, made, &length), "C_Sign");
            continue;
        }
        check(pkcs11->C_EncryptInit(session, &mechanism, keys[at]), "C_EncryptInit");
        check(pkcs11->C_Encrypt(session, peer->data[at], peer->bytes, made, &length), "C_Encrypt");
        if (length < peer->bytes) fail("an answer that is too short");
        memcpy(peer->data[at], made, peer->bytes);
    }
}
