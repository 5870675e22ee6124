/* Records a session, and renders the same bits from its log.
 *
 *     record FOLDER-OF-PROJECTS FOLDER-FOR-RESULTS
 *
 * Whatever a player heard can be heard again: everything that reaches the audio thread is in the log with its
 * frame. */
#include "example.h"

enum { FRAMES = 5 * 48000 };

/* What the device got. */
static float heard[2 * FRAMES];

/* Answers with the latency of the mixer in frames. */
static uint32_t play(segue_engine *engine)
{
    segue_engine_state state;
    uint64_t begin = 0, coins = 0, recorded = 0;
    uint32_t at, length = 1;
    MUST(segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Begin"), &begin));
    MUST(segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Coins"), &coins));
    MUST(segue_event_post(engine, begin, 0, NULL, 0, NULL));
    for (at = 0; at < FRAMES; at += length) {
        /* Blocks as a device might ask for them. */
        length = 64 + at % 1000;
        length = length > FRAMES - at ? FRAMES - at : length;
        if (at % 7 == 0) {
            MUST(segue_event_post(engine, coins, 0, NULL, 0, NULL));
        }
        MUST(segue_engine_process_interleaved(engine, heard + 2 * at, 2, length));
        MUST(segue_engine_update(engine)); /* writes what is recorded */
    }
    MUST(segue_engine_finish_recording(engine, &recorded));
    memset(&state, 0, sizeof state);
    state.struct_size = (uint32_t)sizeof state;
    MUST(segue_engine_get_state(engine, &state));
    printf("recorded %llu frames\n", (unsigned long long)recorded);
    return state.latency;
}

/* Compares the samples of a 32-bit float WAV file with what was heard. A file has no latency: it begins with the
 * frame that the device got `latency` frames late. */
static long differing(const char *path, uint32_t latency)
{
    FILE *file = fopen(path, "rb");
    long different = 0;
    size_t at;
    char id[4] = {0};
    uint32_t length = 0;
    float sample;
    if (!file || fseek(file, 12, SEEK_SET) != 0) {
        return -1;
    }
    while (fread(id, 4, 1, file) == 1 && fread(&length, 4, 1, file) == 1 && memcmp(id, "data", 4) != 0) {
        fseek(file, (long)length + (long)(length & 1), SEEK_CUR);
    }
    for (at = 2 * latency; at < sizeof heard / sizeof heard[0]; at++) {
        if (fread(&sample, sizeof sample, 1, file) != 1) {
            different++;
        } else {
            different += sample != heard[at];
        }
    }
    fclose(file);
    return different;
}

int main(int count, char **words)
{
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_job *job = NULL;
    segue_engine_config config;
    char path[1024], log[1024], wav[1024];
    uint32_t latency;
    long different;

    snprintf(path, sizeof path, "%s/factory", count > 1 ? words[1] : "presets");
    snprintf(log, sizeof log, "%s/session.log", count > 2 ? words[2] : ".");
    snprintf(wav, sizeof wav, "%s/session.wav", count > 2 ? words[2] : ".");
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.record = 1;
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, &config, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    finish(job, "loaded");
    MUST(segue_engine_record(engine, TEXT(log)));
    latency = play(engine);
    MUST(segue_engine_destroy(engine));
    MUST(segue_project_destroy(project));

    MUST(segue_replay(SEGUE_ABI, TEXT(log), TEXT(wav), TEXT("{\"bits\": \"32f\"}"), &job));
    finish(job, "replayed");
    different = differing(wav, latency);
    printf("%d frames heard, %ld samples of the replay are others\n", FRAMES, different);
    return different != 0;
}
