/* Adaptive music in a game loop: sixty turns a second the game tells how dangerous it is, and the
 * music follows at its own bars.
 *
 *     adaptive FOLDER-OF-PROJECTS */
#include "example.h"

struct music {
    segue_engine *engine;
    int level;
    int changes;
};

static void name_of(segue_engine *engine, uint64_t id, char *text, size_t capacity)
{
    size_t length = 0;
    if (segue_name_get_text(engine, id, text, capacity - 1, &length) != SEGUE_STATUS_OK) {
        length = 0;
    }
    text[length] = 0;
}

/* It may call the library: here it asks for names. */
static void on_event(void *user_data, const segue_event *event)
{
    struct music *music = (struct music *)user_data;
    char name[128];
    if (event->kind == SEGUE_EVENT_CONTEXT) {
        name_of(music->engine, event->subject, name, sizeof name);
        printf("%7.2f s  context %s\n", (double)event->frame / RATE, name);
    }
    if (event->kind == SEGUE_EVENT_LEVEL && event->reason == 0) {
        printf("%7.2f s  level %llu -> %u\n", (double)event->frame / RATE,
               (unsigned long long)event->number, event->code);
        music->level = (int)event->code;
        music->changes++;
    }
}

/* Danger rises for 20 s, stays, and is gone at once. */
static float danger(double seconds)
{
    double value = seconds < 20 ? seconds * 5 : seconds < 30 ? 100 : 0;
    return (float)value;
}

int main(int count, char **words)
{
    enum { TURNS = 60 * 60, FRAMES = RATE / 60 };
    static float samples[2 * FRAMES];
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_job *job = NULL;
    struct music music = {NULL, 0, 0};
    uint64_t begin = 0, signal = 0, speed = 0, context = 0;
    char path[1024];
    int turn, highest = 0;

    snprintf(path, sizeof path, "%s/factory", count > 1 ? words[1] : "presets");
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, NULL, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    finish(job, "loaded");
    MUST(segue_project_destroy(project));
    music.engine = engine;

    /* Names are looked up once; ids cost nothing. */
    MUST(segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Begin"), &begin));
    MUST(segue_name_find(engine, SEGUE_NAME_SIGNAL, TEXT("danger"), &signal));
    MUST(segue_name_find(engine, SEGUE_NAME_RTPC, TEXT("speed"), &speed));
    MUST(segue_name_find(engine, SEGUE_NAME_CONTEXT, TEXT("BASE"), &context));
    MUST(segue_engine_listen(engine, 1));
    MUST(segue_event_post(engine, begin, 0, NULL, 0, NULL));
    MUST(segue_context_enter(engine, context, 0.0f, 0));

    for (turn = 0; turn < TURNS; turn++) {
        double seconds = turn / 60.0;
        /* The game: */
        MUST(segue_signal_set(engine, signal, danger(seconds), 0));
        MUST(segue_rtpc_set(engine, speed, 0, 0, danger(seconds) / 10, 0.05, 0));
        MUST(segue_engine_dispatch(engine, on_event, &music, 0, NULL));
        highest = music.level > highest ? music.level : highest;
        /* The device, on its own thread in a game: */
        MUST(segue_engine_process_interleaved(engine, samples, 2, FRAMES));
    }
    printf("the highest level was %d, after %d changes it is %d\n", highest, music.changes, music.level);
    MUST(segue_engine_destroy(engine));
    return !(highest >= 3 && music.level < highest);
}
