/* Plays a project through SDL2's audio callback, as a game does.
 *
 *     play PROJECT SECONDS
 *
 * With SDL_AUDIODRIVER=disk SDL writes what a device would get into the file SDL_DISKAUDIOFILE names. */
#include "../example.h"

#include <SDL.h>

struct device {
    segue_engine *engine;
    /* Until so many frames were asked for. */
    Sint64 frames_left;
    SDL_sem *enough;
};

/* The audio thread: no allocation, no lock, no error text; silence if anything is wrong. */
static void SDLCALL on_audio(void *user_data, Uint8 *stream, int bytes)
{
    struct device *device = (struct device *)user_data;
    uint32_t frames = (uint32_t)bytes / (2 * sizeof(float));
    segue_engine_process_interleaved(device->engine, (float *)(void *)stream, 2, frames);
    if (device->frames_left > 0) {
        device->frames_left -= frames;
        if (device->frames_left <= 0) {
            SDL_SemPost(device->enough);
        }
    }
}

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, SDL_GetError());
    exit(1);
}

static segue_engine *load(const char *path)
{
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_engine_config config;
    segue_job *job = NULL;
    segue_buffer report = {0};
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.sample_rate = RATE;
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, &config, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    MUST(segue_job_wait(job, 60000));
    MUST(segue_job_get_result(job, &report));
    MUST(segue_buffer_free(&report));
    MUST(segue_job_destroy(job));
    MUST(segue_project_destroy(project));
    return engine;
}

int main(int count, char **words)
{
    struct device device = {NULL, 0, NULL};
    SDL_AudioSpec wanted, got;
    SDL_AudioDeviceID id;
    segue_engine_state state;
    if (count != 3) {
        fputs("arguments: PROJECT SECONDS\n", stderr);
        return 2;
    }
    if (SDL_Init(SDL_INIT_AUDIO) != 0) {
        fail("SDL_Init");
    }
    device.engine = load(words[1]);
    device.frames_left = (Sint64)(strtod(words[2], NULL) * RATE);
    device.enough = SDL_CreateSemaphore(0);
    SDL_zero(wanted);
    wanted.freq = RATE;
    wanted.format = AUDIO_F32SYS;
    wanted.channels = 2;
    wanted.samples = 1024;
    wanted.callback = on_audio;
    wanted.userdata = &device;
    id = SDL_OpenAudioDevice(NULL, 0, &wanted, &got, 0);
    if (id == 0) {
        fail("SDL_OpenAudioDevice");
    }
    MUST(segue_transport_play(device.engine, 0));
    SDL_PauseAudioDevice(id, 0);
    /* A game would run here, and call segue_engine_dispatch in each of its turns. */
    while (SDL_SemWaitTimeout(device.enough, 20) == SDL_MUTEX_TIMEDOUT) {
        MUST(segue_engine_dispatch(device.engine, NULL, NULL, 0, NULL));
    }
    SDL_CloseAudioDevice(id); /* the callback does not run any more */
    memset(&state, 0, sizeof state);
    state.struct_size = (uint32_t)sizeof state;
    MUST(segue_engine_get_state(device.engine, &state));
    printf("driver %s, %.1f s, late %llu, missing %llu, latency %u\n", SDL_GetCurrentAudioDriver(),
           (double)state.frame / RATE, (unsigned long long)state.late,
           (unsigned long long)state.missing_frames, state.latency);
    MUST(segue_engine_destroy(device.engine));
    SDL_DestroySemaphore(device.enough);
    SDL_Quit();
    return 0;
}
