/* Plays a sound: opens a project, loads it, plays, and renders until the voice is over. Before that, two starts that fail
 * show how what was made until then is ended again.
 *
 *     play FOLDER-OF-PROJECTS
 *
 * A game calls segue_engine_process in its audio callback; here a loop stands for the device. */
#include "example.h"

struct game {
    uint64_t voice;
    int is_over;
};

/* Gets what has happened, on the thread that calls segue_engine_dispatch. */
static void on_event(void *user_data, const segue_event *event)
{
    struct game *game = (struct game *)user_data;
    if (event->kind == SEGUE_EVENT_VOICE_STARTED && event->subject == game->voice) {
        printf("frame %llu: the voice sounds\n", (unsigned long long)event->frame);
    }
    if (event->kind == SEGUE_EVENT_VOICE_ENDED && event->subject == game->voice) {
        printf("frame %llu: the voice is over after %llu frames\n", (unsigned long long)event->frame,
               (unsigned long long)event->number);
        game->is_over = 1;
    }
}

/* Says what has failed. */
static int is_wrong(segue_status status, const char *what)
{
    char text[1024];
    size_t length = 0;
    if (status == SEGUE_STATUS_OK) {
        return 0;
    }
    if (segue_error_get_text(text, sizeof text, &length) != SEGUE_STATUS_OK) {
        length = 0;
    }
    printf("%s: %.*s\n", what, (int)length, text);
    return 1;
}

/* An engine with a project in it and room for so many sounds, 0: as many as usual. NULL when anything fails: then nothing
 * is left of it. */
static segue_engine *start(const char *path, uint32_t sounds)
{
    segue_engine_config config;
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_job *job = NULL;
    segue_buffer report = {0};
    int is_loaded = 0;

    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.sounds = sounds;
    if (is_wrong(segue_project_open(SEGUE_ABI, TEXT(path), &project), "open")) {
        goto end;
    }
    if (is_wrong(segue_engine_create(SEGUE_ABI, &config, project, &engine), "create")) {
        goto end;
    }
    /* How it went, the result says; what could not be decoded is in the report. */
    if (is_wrong(segue_engine_load(engine, project, &job), "load") ||
        is_wrong(segue_job_wait(job, 60000), "wait") || is_wrong(segue_job_get_result(job, &report), "load")) {
        goto end;
    }
    printf("loaded: %.*s\n", (int)report.length, (const char *)report.data);
    is_loaded = 1;
end:
    /* In any order; NULL and an empty buffer are in order. */
    MUST(segue_buffer_free(&report));
    MUST(segue_job_destroy(job));
    MUST(segue_project_destroy(project)); /* the engine keeps what it needs */
    if (!is_loaded) {
        MUST(segue_engine_destroy(engine));
        engine = NULL;
    }
    return engine;
}

int main(int count, char **words)
{
    segue_engine *engine;
    struct game game = {0, 0};
    uint64_t sound = 0;
    float samples[2 * BLOCK], peak = 0;
    char path[1024];
    unsigned at, blocks;

    snprintf(path, sizeof path, "%s/factory", count > 1 ? words[1] : "presets");
    /* No such project; then too little room for the sounds of one, which shows when the engine is there. */
    if (start("no such project", 0) || start(path, 1)) {
        return 1;
    }
    engine = start(path, 0);
    if (!engine) {
        return 1;
    }

    MUST(segue_sound_find(engine, TEXT("bell"), &sound));
    MUST(segue_voice_play(engine, sound, NULL, 0, &game.voice));
    for (blocks = 0; !game.is_over && blocks < 60 * RATE / BLOCK; blocks++) {
        MUST(segue_engine_process_interleaved(engine, samples, 2, BLOCK));
        for (at = 0; at < 2 * BLOCK; at++) {
            peak = samples[at] > peak ? samples[at] : peak;
        }
        MUST(segue_engine_dispatch(engine, on_event, &game, 0, NULL));
    }
    printf("played for %.2f s, peak %.3f\n", (double)blocks * BLOCK / RATE, (double)peak);
    MUST(segue_engine_destroy(engine));
    return !(game.is_over && peak > 0.01f);
}
