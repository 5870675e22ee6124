/* What the C tests share: expectations that go on after a failure, and texts. */
#ifndef CHECK_H
#define CHECK_H

#include <segue.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A text of C as segue.h takes it: pointer and length. */
#define TEXT(text) (text), strlen(text)

static int checks_done;
static int checks_failed;

/* Names a status into the caller's text, which holds 64 bytes. */
static inline const char *status_text(int32_t status, char *text)
{
    size_t length = 0;
    if (segue_status_get_name(status, text, 63, &length) != SEGUE_STATUS_OK) {
        length = 0;
    }
    text[length] = 0;
    return text;
}

/* The last error of this thread into the caller's text of `capacity` bytes. */
static inline const char *error_text(char *text, size_t capacity)
{
    size_t length = 0;
    if (segue_error_get_text(text, capacity - 1, &length) != SEGUE_STATUS_OK) {
        length = 0;
    }
    text[length] = 0;
    return text;
}

static inline int expect_status_at(int line, const char *call, int32_t status, int32_t wanted)
{
    char is[64], should[64], why[1024];
    checks_done++;
    if (status == wanted) {
        return 1;
    }
    checks_failed++;
    printf("line %d: %s is %s, not %s (%s)\n", line, call, status_text(status, is),
           status_text(wanted, should), error_text(why, sizeof why));
    return 0;
}

static inline int expect_at(int line, const char *what, int is_true)
{
    checks_done++;
    if (!is_true) {
        checks_failed++;
        printf("line %d: not so: %s\n", line, what);
    }
    return is_true;
}

/* What a function answers stands in the `Errors:` of its comment. `listed` ends with -1. */
static inline void expect_listed(const char *function, int32_t status, const int32_t *listed)
{
    char is[64], why[1024];
    checks_done++;
    for (; *listed >= 0; listed++) {
        if (*listed == status) {
            return;
        }
    }
    checks_failed++;
    printf("%s answers %s, which its comment does not list (%s)\n", function, status_text(status, is),
           error_text(why, sizeof why));
}

/* `EXPECT(BUSY, segue_...(...))` */
#define EXPECT(wanted, call) expect_status_at(__LINE__, #call, (int32_t)(call), SEGUE_STATUS_##wanted)
#define EXPECT_OK(call) EXPECT(OK, call)
#define EXPECT_TRUE(condition) expect_at(__LINE__, #condition, (condition))

/* The last line of a test, and its exit status. */
static inline int checks_end(const char *name)
{
    printf("%s: %d checks, %d failed\n", name, checks_done, checks_failed);
    return checks_failed != 0;
}

#endif
