/* What a game calls often takes no memory and gives none back on the thread that calls it: 400 blocks, and between them
 * the calls of control. Argument: a folder with the project `factory`. */
#include "fixtures.h"

#include <stdlib.h>

/* What the C library has behind the names that stand in front of them here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static _Thread_local int is_counted;
static _Thread_local unsigned long count_of_calls;

static void count_one(void)
{
    count_of_calls += (unsigned long)is_counted;
}

void *malloc(size_t size)
{
    count_one();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_one();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    count_one();
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count_one();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    count_one();
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : 12;
}

void free(void *memory)
{
    if (memory) {
        count_one();
    }
    __libc_free(memory);
}

enum { BLOCKS = 400, FRAMES = 1024 };

static segue_engine *engine;
static uint64_t bus, sound, insert, send, event, rtpc, danger, group, value, floor_of, metal, context, stinger, object, voice, playing;

static void find(void)
{
    EXPECT_OK(segue_bus_find(engine, TEXT("sfx"), &bus));
    EXPECT_OK(segue_sound_find(engine, TEXT("coin"), &sound));
    EXPECT_OK(segue_insert_find(engine, TEXT("master"), TEXT("ceiling"), &insert));
    EXPECT_OK(segue_send_find(engine, TEXT("drums"), TEXT("squash"), &send));
    EXPECT_OK(segue_object_add(engine, TEXT("somebody"), NULL, 0, &object));
    event = named_in(engine, SEGUE_NAME_EVENT, "Coins");
    rtpc = named_in(engine, SEGUE_NAME_RTPC, "speed");
    danger = named_in(engine, SEGUE_NAME_SIGNAL, "danger");
    group = named_in(engine, SEGUE_NAME_STATE_GROUP, "Pursuit");
    value = named_in(engine, SEGUE_NAME_VALUE, "close");
    floor_of = named_in(engine, SEGUE_NAME_SWITCH_GROUP, "Floor");
    metal = named_in(engine, SEGUE_NAME_VALUE, "metal");
    context = named_in(engine, SEGUE_NAME_CONTEXT, "BASE");
    stinger = named_in(engine, SEGUE_NAME_STINGER, "alarm");
}

/* A call in a turn of 400; from the second turn on it must take nothing. */
#define HOT(call)                                                                                  \
    do {                                                                                           \
        segue_status status;                                                                       \
        count_of_calls = 0;                                                                        \
        is_counted = 1;                                                                            \
        status = (call);                                                                           \
        is_counted = 0;                                                                            \
        expect_status_at(__LINE__, #call, status, SEGUE_STATUS_OK);                                \
        checks_done++;                                                                             \
        if (turn > 0 && count_of_calls != 0) {                                                     \
            checks_failed++;                                                                       \
            printf("line %d: turn %d: %lu allocations: %s\n", __LINE__, turn, count_of_calls, #call); \
        }                                                                                          \
    } while (0)

static void reads(int turn)
{
    segue_engine_state state = {0};
    segue_levels levels = {0};
    segue_bus_info info = {0};
    uint64_t frame = 0;
    float number = 0.0f;
    state.struct_size = (uint32_t)sizeof state;
    levels.struct_size = (uint32_t)sizeof levels;
    info.struct_size = (uint32_t)sizeof info;
    HOT(segue_engine_get_frame(engine, &frame));
    HOT(segue_engine_get_state(engine, &state));
    HOT(segue_bus_take_levels(engine, bus, &levels));
    HOT(segue_bus_get_info(engine, bus, &info));
    HOT(segue_insert_get_reading(engine, insert, &number));
    HOT(segue_signal_get(engine, danger, &number));
}

static void voices(int turn)
{
    segue_play_options options = {0};
    options.struct_size = (uint32_t)sizeof options;
    HOT(segue_voice_play(engine, sound, NULL, 0, &voice));
    HOT(segue_voice_play(engine, sound, &options, 0, &voice));
    HOT(segue_voice_set(engine, voice, SEGUE_VOICE_GAIN_DB, -3.0f, 0.01, 0));
    HOT(segue_voice_set(engine, voice, SEGUE_VOICE_PAN, 0.5f, 0.01, 0));
    HOT(segue_voice_set_filter(engine, voice, 1000.0f, 0.0f, 0));
    HOT(segue_voice_pause(engine, voice, 1, 0.0, 0));
    HOT(segue_voice_seek(engine, voice, 100, 0));
    HOT(segue_voice_leave_loop(engine, voice, 0));
    HOT(segue_voice_stop(engine, voice, 0.0, 0));
    HOT(segue_note_send(engine, 0, 60, 1.0f, 0));
}

static void mixer(int turn)
{
    segue_host_transport host = {0};
    host.struct_size = (uint32_t)sizeof host;
    HOT(segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, -3.0f, 0.01, 0));
    HOT(segue_send_set_gain(engine, send, -6.0f, 0));
    HOT(segue_insert_set_param(engine, insert, 0, -1.0f, 0));
    HOT(segue_insert_set_mix(engine, insert, 1.0f, 0));
    HOT(segue_insert_set_bypass(engine, insert, 0, 0));
    HOT(segue_transport_play(engine, 0));
    HOT(segue_transport_seek(engine, 0.0, 0));
    HOT(segue_transport_follow_host(engine, &host, 0));
    HOT(segue_transport_set_loop(engine, 1, 0.0, 64.0, 0));
}

static void game(int turn)
{
    HOT(segue_event_post(engine, event, object, NULL, 0, &playing));
    HOT(segue_playing_pause(engine, playing, 0, 0.0, 0));
    HOT(segue_playing_stop(engine, playing, 0.0, 0));
    HOT(segue_macro_set(engine, 0, 0.5f, 0));
    HOT(segue_rtpc_set(engine, rtpc, object, 0, 1.0f, 0.0, 0));
    HOT(segue_state_set(engine, group, value, 0));
    HOT(segue_switch_set(engine, floor_of, object, metal, 0));
    HOT(segue_signal_set(engine, danger, 1.0f, 0));
    HOT(segue_context_enter(engine, context, 0, 0));
    HOT(segue_stinger_play(engine, stinger, 0));
    HOT(segue_object_place(engine, object, 0, 0.0f, 1.0f, 0));
}

static void render(int turn)
{
    static float samples[2 * FRAMES], left[FRAMES], right[FRAMES];
    float *channels[2] = {left, right};
    HOT(segue_engine_process_interleaved(engine, samples, 2, FRAMES));
    HOT(segue_engine_process(engine, channels, 2, FRAMES));
}

/* What was loaded is heard, and was set: so that it can be read. */
static void begin(void)
{
    static float samples[2 * FRAMES];
    int turn;
    EXPECT_OK(segue_signal_set(engine, danger, 1.0f, 0));
    for (turn = 0; turn < 4; turn++) {
        EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, FRAMES));
    }
    EXPECT_OK(segue_engine_dispatch(engine, NULL, NULL, 0, NULL));
}

int main(int count, char **words)
{
    segue_project *project;
    void *probe;
    int turn;
    if (count != 2) {
        puts("argument: a folder with the project `factory`");
        return 2;
    }
    project_in(words[1]);
    project = open_project();
    engine = make_engine(project);
    load(engine, project);
    EXPECT_OK(segue_project_destroy(project));
    find();
    begin();
    /* What does not count finds nothing. */
    is_counted = 1;
    probe = malloc(64);
    free(probe);
    is_counted = 0;
    EXPECT_TRUE(count_of_calls == 2);
    for (turn = 0; turn < BLOCKS; turn++) {
        reads(turn);
        voices(turn);
        mixer(turn);
        game(turn);
        render(turn);
        EXPECT_OK(segue_engine_dispatch(engine, NULL, NULL, 0, NULL));
    }
    EXPECT_OK(segue_engine_destroy(engine));
    expect_nothing_left();
    return checks_end("allocations");
}
