/* A slot game with its stages: the game spins, the stages of each spin are posted at their times, and the
 * sounds that the project binds to them are heard.
 *
 *     slot FOLDER-OF-PROJECTS
 *
 * The maths and the sounds do not know one another: a stage is a JSON object with a time and a name. */
#include "example.h"

struct stage {
    double at_ms;
    char *text;
    size_t length;
};

/* The events of a trace: each object in the list `events`. A game would use the JSON library it has. */
static size_t stages_of(char *trace, struct stage *stages, size_t most)
{
    char *at = strstr(trace, "\"events\"");
    size_t count = 0;
    int depth = 0;
    char *begin = NULL;
    for (at = at ? strchr(at, '[') : NULL; at && *at && count < most; at++) {
        if (*at == '{' && depth++ == 0) {
            begin = at;
        } else if (*at == '}' && --depth == 0) {
            const char *time = strstr(begin, "\"timestamp_ms\"");
            stages[count].text = begin;
            stages[count].length = (size_t)(at - begin) + 1;
            stages[count].at_ms = time && time < at ? strtod(strchr(time, ':') + 1, NULL) : 0;
            count++;
        } else if (*at == ']' && depth == 0) {
            break;
        }
    }
    return count;
}

/* Plays one spin and answers with how many stages had sounds. */
static int play(segue_engine *engine, char *trace)
{
    static float samples[2 * BLOCK];
    struct stage stages[512];
    size_t count = stages_of(trace, stages, 512), next = 0;
    double now = 0;
    int bound = 0, blocks;
    for (blocks = 0; next < count && blocks < 6000; blocks++) {
        while (next < count && stages[next].at_ms <= now) {
            segue_stage_posted posted;
            memset(&posted, 0, sizeof posted);
            posted.struct_size = (uint32_t)sizeof posted;
            MUST(segue_stage_post(engine, stages[next].text, stages[next].length, 0, 0, &posted));
            bound += posted.is_bound != 0;
            next++;
        }
        MUST(segue_engine_process_interleaved(engine, samples, 2, BLOCK));
        MUST(segue_engine_dispatch(engine, NULL, NULL, 0, NULL));
        now += 1000.0 * BLOCK / RATE;
    }
    MUST(segue_stages_end(engine, 0));
    printf("  %zu stages in %.1f s, %d with sounds\n", count, now / 1000, bound);
    return bound;
}

static char *trace_of(segue_slot *slot, segue_project *project)
{
    segue_buffer document = {0};
    char *text;
    MUST(segue_slot_get_stages(slot, project, TEXT("turbo"), &document));
    text = (char *)malloc(document.length + 1);
    if (!text) {
        exit(1);
    }
    memcpy(text, document.data, document.length);
    text[document.length] = 0;
    MUST(segue_buffer_free(&document));
    return text;
}

int main(int count, char **words)
{
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_slot *slot = NULL;
    segue_job *job = NULL;
    segue_slot_spin_record record;
    char path[1024], *trace;
    int spin, bound = 0;

    snprintf(path, sizeof path, "%s/lantern", count > 1 ? words[1] : "presets");
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, NULL, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    finish(job, "loaded");
    snprintf(path, sizeof path, "%s/lantern/game.json", count > 1 ? words[1] : "presets");
    MUST(segue_slot_open(SEGUE_ABI, TEXT(path), &slot));
    MUST(segue_slot_begin(slot, 7, 1, 0));

    /* As they come. The same seed gives the same spins, everywhere. */
    memset(&record, 0, sizeof record);
    record.struct_size = (uint32_t)sizeof record;
    for (spin = 0; spin < 4; spin++) {
        MUST(segue_slot_spin(slot, &record));
        printf("spin %llu: bet %lld, win %lld\n", (unsigned long long)record.spin, (long long)record.bet,
               (long long)record.win);
        trace = trace_of(slot, project);
        bound += play(engine, trace);
        free(trace);
    }

    /* One that shows what is wanted: the next legal spin that wins big. */
    MUST(segue_slot_force(slot, TEXT("big"), &job));
    MUST(segue_job_wait(job, 60000));
    {
        segue_buffer result = {0};
        MUST(segue_job_get_result(job, &result));
        printf("forced: %zu bytes of result\n", result.length);
        MUST(segue_buffer_free(&result));
    }
    MUST(segue_job_destroy(job));
    trace = trace_of(slot, project);
    bound += play(engine, trace);
    free(trace);

    MUST(segue_slot_destroy(slot));
    MUST(segue_project_destroy(project));
    MUST(segue_engine_destroy(engine));
    return bound == 0;
}
