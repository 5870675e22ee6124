/* Calls that games make often, each many times: callgrind counts their instructions, and `cargo xtask capi cost` holds
 * them against what docs/c-abi.md promises. Argument: a folder with the project `factory`. */
#include "fixtures.h"

enum { TIMES = 200, FRAMES = 480 };

static segue_engine *engine;

/* What was asked for is carried out and told, and the queue is empty. */
static void turn(void)
{
    static float samples[2 * FRAMES];
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, FRAMES));
    EXPECT_OK(segue_engine_dispatch(engine, NULL, NULL, 0, NULL));
}

#define MANY(call)                                                                                 \
    do {                                                                                           \
        int times;                                                                                 \
        turn();                                                                                    \
        for (times = 0; times < TIMES; times++) {                                                  \
            EXPECT_OK(call);                                                                       \
        }                                                                                          \
        turn();                                                                                    \
    } while (0)

int main(int count, char **words)
{
    segue_project *project;
    segue_engine_state state = {0};
    segue_levels levels = {0};
    segue_host_transport host = {0};
    uint64_t bus, sound, insert, send, object, voice, playing, id;
    uint64_t event, rtpc, group, value, floor_group, metal, danger, context, stinger;
    uint32_t level = 0;
    float number = 0.0f;
    int turns;
    if (count != 2) {
        puts("argument: a folder with the project `factory`");
        return 2;
    }
    project_in(words[1]);
    project = open_project();
    engine = make_engine(project);
    load(engine, project);
    EXPECT_OK(segue_project_destroy(project));
    EXPECT_OK(segue_engine_listen(engine, 1));
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
    floor_group = named_in(engine, SEGUE_NAME_SWITCH_GROUP, "Floor");
    metal = named_in(engine, SEGUE_NAME_VALUE, "metal");
    context = named_in(engine, SEGUE_NAME_CONTEXT, "BASE");
    stinger = named_in(engine, SEGUE_NAME_STINGER, "alarm");
    state.struct_size = (uint32_t)sizeof state;
    levels.struct_size = (uint32_t)sizeof levels;
    host.struct_size = (uint32_t)sizeof host;
    EXPECT_OK(segue_voice_play(engine, sound, NULL, 0, &voice));
    EXPECT_OK(segue_event_post(engine, named_in(engine, SEGUE_NAME_EVENT, "Begin"), 0, NULL, 0, &playing));
    for (turns = 0; turns < 60; turns++) {
        turn();
    }

    MANY(segue_rtpc_set(engine, rtpc, 0, 0, 2.0f, 0.0, 0));
    MANY(segue_state_set(engine, group, value, 0));
    MANY(segue_switch_set(engine, floor_group, object, metal, 0));
    MANY(segue_signal_set(engine, danger, 1.0f, 0));
    MANY(segue_context_enter(engine, context, 0, 0));
    MANY(segue_stinger_play(engine, stinger, 0));
    MANY(segue_object_place(engine, object, 0, 0.0f, 1.0f, 0));
    MANY(segue_macro_set(engine, 0, 0.5f, 0));

    MANY(segue_engine_get_frame(engine, &id));
    MANY(segue_engine_get_state(engine, &state));
    MANY(segue_bus_take_levels(engine, bus, &levels));
    MANY(segue_insert_get_reading(engine, insert, &number));
    MANY(segue_level_get(engine, &id, &level));
    MANY(segue_rtpc_get(engine, rtpc, 0, &number));
    MANY(segue_state_get(engine, group, &id));
    MANY(segue_switch_get(engine, floor_group, object, &id));
    MANY(segue_signal_get(engine, danger, &number));

    MANY(segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, -3.0f, 0.0, 0));
    MANY(segue_send_set_gain(engine, send, -6.0f, 0));
    MANY(segue_insert_set_param(engine, insert, 0, -1.0f, 0));
    MANY(segue_insert_set_mix(engine, insert, 1.0f, 0));
    MANY(segue_insert_set_bypass(engine, insert, 0, 0));

    MANY(segue_event_post(engine, event, object, NULL, 0, &id));
    MANY(segue_playing_pause(engine, playing, 0, 0.0, 0));
    MANY(segue_playing_stop(engine, playing, 0.0, 0));
    MANY(segue_voice_play(engine, sound, NULL, 0, &id));
    MANY(segue_voice_set(engine, voice, SEGUE_VOICE_GAIN_DB, -1.0f, 0.0, 0));
    MANY(segue_voice_set_filter(engine, voice, 1000.0f, 0.0f, 0));
    MANY(segue_voice_pause(engine, voice, 0, 0.0, 0));
    MANY(segue_voice_seek(engine, voice, 0, 0));
    MANY(segue_voice_leave_loop(engine, voice, 0));
    MANY(segue_voice_stop(engine, voice, 0.0, 0));
    MANY(segue_note_send(engine, 0, 60, 0.0f, 0));

    MANY(segue_transport_play(engine, 0));
    MANY(segue_transport_seek(engine, 0.0, 0));
    MANY(segue_transport_set_loop(engine, 0, 0.0, 1.0, 0));
    MANY(segue_transport_stop(engine, 0));
    MANY(segue_transport_follow_host(engine, &host, 0));

    EXPECT_OK(segue_engine_destroy(engine));
    expect_nothing_left();
    return checks_end("cost");
}
