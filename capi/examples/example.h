/* What the examples share: how they end when something is wrong. A game has its own ways. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <segue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (text), strlen(text)
#define RATE 48000u
#define BLOCK 480u

/* Says what failed and ends the program. */
static void must(segue_status status, const char *what)
{
    char text[1024];
    size_t length = 0;
    if (status == SEGUE_STATUS_OK || status == SEGUE_STATUS_DEFERRED) {
        return;
    }
    if (segue_error_get_text(text, sizeof text - 1, &length) != SEGUE_STATUS_OK) {
        length = 0;
    }
    text[length] = 0;
    fprintf(stderr, "%s: status %d, %s\n", what, (int)status, text);
    exit(1);
}

#define MUST(call) must((call), #call)

/* Waits for a job that was started, and ends it: how it went, its result says, and not that it is over. */
static inline void finish(segue_job *job, const char *what)
{
    segue_buffer report = {0};
    must(segue_job_wait(job, 60000), what);
    must(segue_job_get_result(job, &report), what);
    printf("%s: %.*s\n", what, (int)report.length, (const char *)report.data);
    MUST(segue_buffer_free(&report));
    MUST(segue_job_destroy(job));
}

#endif
