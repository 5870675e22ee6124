/* Plays a sound: opens a project, loads it, plays, and renders until the voice is over.
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

int main(int count, char **words)
{
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_job *job = NULL;
    struct game game = {0, 0};
    uint64_t sound = 0;
    float samples[2 * BLOCK], peak = 0;
    char path[1024];
    unsigned at, blocks;

    snprintf(path, sizeof path, "%s/factory", count > 1 ? words[1] : "presets");
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, NULL, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    finish(job, "loaded"); /* what could not be decoded is in its report */
    MUST(segue_project_destroy(project)); /* the engine keeps what it needs */

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
