/* An offline job with progress, and one that is cancelled: brings every sound of a project to a
 * loudness.
 *
 *     offline FOLDER-OF-PROJECTS FOLDER-FOR-RESULTS */
#include "example.h"

static const char *const SOUNDS[] = {"pad", "bass", "drums_full", "lead", "wind", "bell"};

/* The request as JSON. A game would use the library it has for that. */
static void request(char *json, size_t room, const char *projects, const char *out)
{
    size_t at, length;
    length = (size_t)snprintf(json, room, "{\"target\": -20, \"exists\": \"overwrite\", \"workers\": 2, \"to\": \"%s\", \"inputs\": [", out);
    for (at = 0; at < sizeof SOUNDS / sizeof SOUNDS[0] && length < room; at++) {
        length += (size_t)snprintf(json + length, room - length, "%s\"%s/factory/assets/%s.flac\"",
                                   at ? ", " : "", projects, SOUNDS[at]);
    }
    snprintf(json + length, room - length, "]}");
}

static segue_job_progress progress_of(segue_job *job)
{
    segue_job_progress progress;
    memset(&progress, 0, sizeof progress);
    progress.struct_size = (uint32_t)sizeof progress;
    MUST(segue_job_get_progress(job, &progress));
    return progress;
}

int main(int count, char **words)
{
    const char *projects = count > 1 ? words[1] : "presets";
    char out[1024], json[8192];
    segue_job *job = NULL;
    segue_buffer report = {0};
    segue_status status;
    double shown = -1;

    snprintf(out, sizeof out, "%s/offline", count > 2 ? words[2] : ".");
    request(json, sizeof json, projects, out);

    /* To its end, with progress. */
    MUST(segue_normalize(SEGUE_ABI, TEXT(json), &job));
    do {
        segue_job_progress progress;
        status = segue_job_wait(job, 50);
        progress = progress_of(job);
        if (progress.total && (double)progress.done / (double)progress.total >= shown + 0.25) {
            shown = (double)progress.done / (double)progress.total;
            printf("%3.0f %%\n", 100 * shown);
        }
    } while (status == SEGUE_STATUS_TIMEOUT);
    MUST(status);
    MUST(segue_job_get_result(job, &report));
    printf("%zu bytes of report: %.*s...\n", report.length, 60, (const char *)report.data);
    MUST(segue_buffer_free(&report));
    MUST(segue_job_destroy(job));

    /* Cancelled: what was done stays, and no part of a file. */
    MUST(segue_normalize(SEGUE_ABI, TEXT(json), &job));
    MUST(segue_job_cancel(job));
    MUST(segue_job_wait(job, 60000));
    status = segue_job_get_result(job, &report);
    printf("cancelled: %s\n", status == SEGUE_STATUS_CANCELLED ? "yes" : "it was faster");
    MUST(segue_buffer_free(&report));
    MUST(segue_job_destroy(job));
    return !(status == SEGUE_STATUS_CANCELLED || status == SEGUE_STATUS_OK) || shown < 0;
}
