/* segue.h: the C ABI of Segue. MIT OR Apache-2.0.
 *
 * Made from capi/src by `cargo xtask header`; change it there. docs/c-abi.md is about threads,
 * ownership, errors, versions and limits; docs/c-abi-reference.md goes function by function.
 *
 * Texts are UTF-8 with a length and without a NUL at their end. The first lines of each function
 * end with its threads: [audio-thread] for the audio callback, [main-thread] for one thread at a time
 * that is not the audio thread, [thread-safe] for any but the audio thread, unless it says otherwise.
 */

#ifndef SEGUE_H
#define SEGUE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* On Windows: define SEGUE_STATIC where segue.lib is linked, and not segue.dll. */
#if defined(_WIN32) && !defined(SEGUE_STATIC)
#define SEGUE_API __declspec(dllimport)
#elif defined(__GNUC__) || defined(__clang__)
#define SEGUE_API __attribute__((visibility("default")))
#else
#define SEGUE_API
#endif

/* The version of this header, and one number of it to compare. */
#define SEGUE_VERSION_MAJOR 0
#define SEGUE_VERSION_MINOR 1
#define SEGUE_VERSION_PATCH 0
#define SEGUE_MAKE_VERSION(major, minor, patch) ((major) * 1000000 + (minor) * 1000 + (patch))
#define SEGUE_VERSION \
    SEGUE_MAKE_VERSION(SEGUE_VERSION_MAJOR, SEGUE_VERSION_MINOR, SEGUE_VERSION_PATCH)
#define SEGUE_VERSION_TEXT "0.1.0"


/**
 * The number of this ABI. A library takes calls made for its own number only; it changes when
 * something that exists changes its meaning. What is added does not change it. `segue_engine_create` and
 * the other constructors ask for it.
 */
#define SEGUE_ABI 1

/** Pack although audio files are missing, for `segue_project_pack`. */
#define SEGUE_PACK_ALLOW_MISSING 1

/** The host plays. */
#define SEGUE_HOST_PLAYING 1

/** The host gives its position. */
#define SEGUE_HOST_BEATS 2

/** The host gives its tempo. */
#define SEGUE_HOST_TEMPO 4

/** The host gives its time signature. */
#define SEGUE_HOST_SIGNATURE 8

/** The host loops. */
#define SEGUE_HOST_LOOP 16

/**
 * What became of a call. 0 is success; numbers stand in decades by family, keep their meaning for
 * ever and are never used again.
 */
enum segue_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** Done. */
    SEGUE_STATUS_OK = 0,
    /** Accepted; it takes effect at the next boundary that the call's documentation names. */
    SEGUE_STATUS_DEFERRED = 1,
    /** A pointer is NULL where something is needed, or has a length without bytes. */
    SEGUE_STATUS_NULL_POINTER = 10,
    /** A value is not in its range. */
    SEGUE_STATUS_INVALID_ARGUMENT = 11,
    /** A size or count is above its limit; nothing was allocated. */
    SEGUE_STATUS_LIMIT_EXCEEDED = 12,
    /** The caller's array is too short. The length that is needed was written, and nothing else. */
    SEGUE_STATUS_BUFFER_TOO_SMALL = 13,
    /** A text is no valid UTF-8. */
    SEGUE_STATUS_INVALID_UTF8 = 14,
    /** The `struct_size` of a struct is too small to be one, or its unknown tail is not 0. */
    SEGUE_STATUS_STRUCT_SIZE = 15,
    /** There is nothing of this name. */
    SEGUE_STATUS_UNKNOWN_NAME = 16,
    /** Something the call needs was not done before, or was done already. */
    SEGUE_STATUS_WRONG_ORDER = 17,
    /** This handle was destroyed, or never made. */
    SEGUE_STATUS_STALE_HANDLE = 20,
    /** What this id named is gone. */
    SEGUE_STATUS_STALE_ID = 21,
    /** A call on this handle has panicked before: it can only be destroyed. */
    SEGUE_STATUS_POISONED = 22,
    /** The library has found a defect of its own and has stopped the call; the handle is poisoned. */
    SEGUE_STATUS_PANICKED = 23,
    /** Another call or job has what this call needs; try again later. */
    SEGUE_STATUS_BUSY = 24,
    /** The caller was built for another ABI. */
    SEGUE_STATUS_ABI_MISMATCH = 25,
    /** Not allowed inside of a callback of this handle. */
    SEGUE_STATUS_IN_CALLBACK = 26,
    /** The audio thread has not taken enough commands yet; try again after the next block. */
    SEGUE_STATUS_QUEUE_FULL = 30,
    /** The time that the caller gave is over. */
    SEGUE_STATUS_TIMEOUT = 31,
    /** The caller has cancelled it. */
    SEGUE_STATUS_CANCELLED = 32,
    /** There is nothing to take yet, or any more. */
    SEGUE_STATUS_NOTHING = 33,
    /** No such file. */
    SEGUE_STATUS_NOT_FOUND = 40,
    /** Something is in the way; nothing was changed. */
    SEGUE_STATUS_EXISTS = 41,
    /** The operating system refused. */
    SEGUE_STATUS_SYSTEM = 42,
    /** The file is of another kind. */
    SEGUE_STATUS_WRONG_FILE = 43,
    /** The file was written by a newer version. */
    SEGUE_STATUS_NEWER_VERSION = 44,
    /** The file is damaged. */
    SEGUE_STATUS_DAMAGED = 45,
    /** A document, or what it describes, is not sound; the text says where. */
    SEGUE_STATUS_INVALID_DOCUMENT = 50,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_status segue_status;
#else
typedef int32_t segue_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** What an event tells. */
enum segue_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** A voice sounds: `subject` the voice. */
    SEGUE_EVENT_VOICE_STARTED = 1,
    /** A voice was not started: `subject` the voice, `reason`. */
    SEGUE_EVENT_VOICE_REFUSED = 2,
    /** A voice is kept track of but not rendered: `subject` the voice, `reason`, `number` its age in frames. */
    SEGUE_EVENT_VOICE_VIRTUAL = 3,
    /** A voice sounds again: `subject` the voice, `number` its age in frames. */
    SEGUE_EVENT_VOICE_REAL = 4,
    /** A voice is over: `subject` the voice, `reason`, `number` its age in frames. */
    SEGUE_EVENT_VOICE_ENDED = 5,
    /** A post plays: `subject` the event, `object`, `playing`. */
    SEGUE_EVENT_POSTED = 10,
    /** A post was not carried out: `subject` the event, `object`, `playing`, `reason`. */
    SEGUE_EVENT_REFUSED = 11,
    /** Nothing of a post plays any more: `subject` the event, `object`, `playing`. */
    SEGUE_EVENT_FINISHED = 12,
    /**
     * An action was carried out, or not: `subject` the event, `object`, `playing`, `code` its number, `reason` its
     * outcome (0 done, 1 condition, 2 chance, 3 nothing matched, 4 full, 5 missing, 6 too deep), `number` frames
     * it came late.
     */
    SEGUE_EVENT_ACTION = 13,
    /**
     * A child of a container was taken or left: `subject` the container, `other` the child, `object`, `playing`,
     * `reason` why (`SEGUE_CHOICE_...`), `value` its weight or gain, `number` nanoseconds of the decision.
     */
    SEGUE_EVENT_DECISION = 14,
    /**
     * A random choice, to be heard again: `subject` the container, `object`, `other` the key of its stream,
     * `number` which play this was, `code` the child (255 none), `value` semitones, `value2` decibels.
     */
    SEGUE_EVENT_SEED = 15,
    /**
     * What happened to a voice of the game: `subject` what it plays, `other` the voice, `object`, `event` what
     * started it, `code` 1..=5 as `SEGUE_EVENT_VOICE_...`, `reason`, `number` its age in frames, `value` how loud it
     * is in dB, `value2` its priority.
     */
    SEGUE_EVENT_GAME_VOICE = 16,
    /** An RTPC was set: `subject` the RTPC, `object`, `playing`, `value`, `reason` as for actions. */
    SEGUE_EVENT_RTPC = 17,
    /** A state group has another value: `subject` the group, `other` the new value, `number` the one before. */
    SEGUE_EVENT_STATE = 18,
    /** A switch has another value: `subject` the group, `object`, `other` the new value. */
    SEGUE_EVENT_SWITCH = 19,
    /**
     * The adaptive level changed, or a request was refused: `subject` the context, `other` the rule, `number` the
     * level before, `code` the level after or refused, `reason` `SEGUE_REFUSAL_...`.
     */
    SEGUE_EVENT_LEVEL = 20,
    /** Another adaptive context began: `subject` the new one, `other` the one before, `code` its level. */
    SEGUE_EVENT_CONTEXT = 21,
    /**
     * A change of the music found its place: `number` frame of the change, `other` frame of the request, `code`
     * the grid that was granted, `reason` the one that was asked for (0 at once, 1 beat, 2 bar, 3 phrase, 4 downbeat,
     * 5 grid, 6 marker, 7 exit cue), `value` frames beside the grid point.
     */
    SEGUE_EVENT_SYNC = 22,
    /** A rule of ducking moves: `subject` the rule, `value` its envelope 0..=1, `value2` its gain in dB. */
    SEGUE_EVENT_DUCK = 23,
    /** A rule of ducking is active for two minutes with a silent source: `subject` the rule. */
    SEGUE_EVENT_DUCK_STUCK = 24,
    /** A call named something that is not there, or had no room: `subject` the name, `object`, `reason`. */
    SEGUE_EVENT_IGNORED = 25,
    /**
     * Events, signals or actions were lost or put off since the last such row: `number`, `code`, `reason` counts,
     * and `other` times at which the program wanted to be woken.
     */
    SEGUE_EVENT_DROPPED = 26,
    /**
     * The volume of an adaptive layer moves: `subject` what it plays, `other` its context, `value` its linear gain,
     * `value2` that of its level. Where another context begins, those of the one before are told to be silent first.
     */
    SEGUE_EVENT_LAYER = 27,
    /** A value of an RTPC was taken back: `subject` the RTPC, `object`, `playing`. */
    SEGUE_EVENT_RTPC_RESET = 28,
    /** A game object is gone, with the values that were set on it: `object`. */
    SEGUE_EVENT_OBJECT_REMOVED = 29,
    /**
     * The window of a bus with a high dynamic range opens above its threshold, or is back there: `other` the bus,
     * `code` 1 open or 0 closed, `value` where its top is in dB, `value2` what the bus makes of it in dB.
     */
    SEGUE_EVENT_HDR = 30,
    /** Everything random hangs on another seed from here on: `number` the new one. */
    SEGUE_EVENT_RESEED = 31,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_event_kind segue_event_kind;
#else
typedef int32_t segue_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** Why a child of a container was taken or left. */
enum segue_choice
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** It plays. */
    SEGUE_CHOICE_SELECTED = 0,
    /** It was played lately. */
    SEGUE_CHOICE_HISTORY = 1,
    /** Its weight is 0. */
    SEGUE_CHOICE_WEIGHT_ZERO = 2,
    /** Its condition does not hold, or another value of the switch does. */
    SEGUE_CHOICE_CONDITION = 3,
    /** Its gain is 0 where the RTPC is. */
    SEGUE_CHOICE_GAIN_ZERO = 4,
    /** A limit of voices. */
    SEGUE_CHOICE_LIMIT = 5,
    /** No child may play. */
    SEGUE_CHOICE_EMPTY = 6,
    /** It could have played, but another was drawn or comes before it. */
    SEGUE_CHOICE_NOT_DRAWN = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_choice segue_choice;
#else
typedef uint32_t segue_choice;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** Why a request for an adaptive level was refused. */
enum segue_refusal
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** It was granted. */
    SEGUE_REFUSAL_NONE = 0,
    /** The level is at the bounds of the rule, the phase or the context. */
    SEGUE_REFUSAL_BOUNDS = 1,
    /** The context's time between two changes. */
    SEGUE_REFUSAL_CONTEXT_COOLDOWN = 2,
    /** The context's changes in one spin. */
    SEGUE_REFUSAL_CHANGES_PER_SPIN = 3,
    /** A hold. */
    SEGUE_REFUSAL_HOLD = 4,
    /** The time between two changes. */
    SEGUE_REFUSAL_COOLDOWN = 5,
    /** The rule's own time. */
    SEGUE_REFUSAL_RULE_COOLDOWN = 6,
    /** Not strong enough for the level it is at. */
    SEGUE_REFUSAL_INERTIA = 7,
    /** Against the direction of the last requests. */
    SEGUE_REFUSAL_MOMENTUM = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_refusal segue_refusal;
#else
typedef uint32_t segue_refusal;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** Why a voice ended or a call was refused. */
enum segue_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** Nothing to report. */
    SEGUE_REASON_NONE = 0,
    /** The sound came to its end. */
    SEGUE_REASON_NATURAL_END = 1,
    /** Asked to stop. */
    SEGUE_REASON_STOP_ACTION = 2,
    /** The limit on real or virtual voices. */
    SEGUE_REASON_LIMIT_GLOBAL = 3,
    /** The limit of its bus. */
    SEGUE_REASON_LIMIT_BUS = 4,
    /** The limit of its event. */
    SEGUE_REASON_LIMIT_EVENT = 5,
    /** The limit of its container. */
    SEGUE_REASON_LIMIT_CONTAINER = 6,
    /** The limit of its game object. */
    SEGUE_REASON_LIMIT_OBJECT = 7,
    /** Lost to a voice of higher priority. */
    SEGUE_REASON_PRIORITY_LOST = 8,
    /** Too quiet to be heard. */
    SEGUE_REASON_INAUDIBLE = 9,
    /** Its cool-down has not passed. */
    SEGUE_REASON_COOLDOWN = 10,
    /** Its game object is gone. */
    SEGUE_REASON_OBJECT_GONE = 11,
    /** The project was loaded again without it. */
    SEGUE_REASON_BANK_SWAP = 12,
    /** Its sound is missing or was removed. */
    SEGUE_REASON_ASSET_MISSING = 13,
    /** A queue was full. */
    SEGUE_REASON_QUEUE_FULL = 14,
    /** It produced no valid signal. */
    SEGUE_REASON_RENDER_ERROR = 15,
    /** The id it names is stale or unknown. */
    SEGUE_REASON_STALE_ID = 16,
    /** The limit of posts that play at a time. */
    SEGUE_REASON_LIMIT_POSTS = 17,
    /** It follows an RTPC and takes no other value. */
    SEGUE_REASON_FOLLOWS_RTPC = 18,
    /** The limit of its sound. */
    SEGUE_REASON_LIMIT_SOUND = 19,
    /** The limit of game objects that there are at a time. */
    SEGUE_REASON_LIMIT_GAME_OBJECTS = 20,
    /** The limit of values that game objects have for themselves. */
    SEGUE_REASON_LIMIT_OWN_VALUES = 21,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_reason segue_reason;
#else
typedef uint32_t segue_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** What a name of a project is the name of. */
enum segue_name_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** An event. */
    SEGUE_NAME_EVENT = 1,
    /** An RTPC. */
    SEGUE_NAME_RTPC = 2,
    /** A state group. */
    SEGUE_NAME_STATE_GROUP = 3,
    /** A switch group. */
    SEGUE_NAME_SWITCH_GROUP = 4,
    /** A value of a state or switch group; `none` is 0. */
    SEGUE_NAME_VALUE = 5,
    /** An adaptive signal. */
    SEGUE_NAME_SIGNAL = 6,
    /** An adaptive context. */
    SEGUE_NAME_CONTEXT = 7,
    /** A stinger. */
    SEGUE_NAME_STINGER = 8,
    /** A container. */
    SEGUE_NAME_CONTAINER = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_name_kind segue_name_kind;
#else
typedef int32_t segue_name_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** A thread of the engine. */
enum segue_thread
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** The one that renders. */
    SEGUE_THREAD_AUDIO = 1,
    /** The one that calls `segue_engine_update` or `segue_engine_dispatch`. */
    SEGUE_THREAD_CONTROL = 2,
    /** The one that reads streams. */
    SEGUE_THREAD_DISK = 3,
    /** The one that talks to a live game; a row for each of them. */
    SEGUE_THREAD_NET = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_thread segue_thread;
#else
typedef int32_t segue_thread;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** A part of a block of the audio thread. */
enum segue_stage
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** The whole block. */
    SEGUE_STAGE_TOTAL = 0,
    /** Commands and events out of the queues. */
    SEGUE_STAGE_DRAIN = 1,
    /** Song position and clips. */
    SEGUE_STAGE_TRANSPORT = 2,
    /** Voices. */
    SEGUE_STAGE_VOICES = 3,
    /** Buses, without their inserts. */
    SEGUE_STAGE_MIXER = 4,
    /** Meters and snapshots. */
    SEGUE_STAGE_METERS = 5,
    /** Conversion to the output. */
    SEGUE_STAGE_OUTPUT = 6,
    /** Inserts. */
    SEGUE_STAGE_INSERTS = 7,
    /** One bus with its inserts, over the last 1,000 to 2,000 blocks; in no sum. */
    SEGUE_STAGE_BUS = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_stage segue_stage;
#else
typedef int32_t segue_stage;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** What `segue_bus_set` sets. */
enum segue_bus_control
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** Fader in decibels, at most 24; -96 and below is silent. The ramp is at least 10 ms. */
    SEGUE_BUS_GAIN_DB = 1,
    /** -1 left to 1 right. The ramp does not count. */
    SEGUE_BUS_PAN = 2,
    /** 0 or 1. The ramp does not count. */
    SEGUE_BUS_MUTE = 3,
    /** 0 or 1: while any bus is soloed, only those, what feeds them and what they feed are heard. */
    SEGUE_BUS_SOLO = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_bus_control segue_bus_control;
#else
typedef int32_t segue_bus_control;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** What `segue_voice_set` sets. */
enum segue_voice_control
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** Gain in decibels, at most 24; -96 and below is silent. */
    SEGUE_VOICE_GAIN_DB = 1,
    /** -1 left to 1 right. */
    SEGUE_VOICE_PAN = 2,
    /** 0 mono, 1 as it is, 2 twice as wide. */
    SEGUE_VOICE_WIDTH = 3,
    /** Semitones, -36..=36. */
    SEGUE_VOICE_PITCH_ST = 4,
    /** 0 (first to go) to 100, whole. The ramp does not count. */
    SEGUE_VOICE_PRIORITY = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum segue_voice_control segue_voice_control;
#else
typedef int32_t segue_voice_control;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/** An engine. Opaque. */
typedef struct segue_engine segue_engine;

/** A job. Opaque. */
typedef struct segue_job segue_job;

/** A live game. Opaque. */
typedef struct segue_live segue_live;

/** An open project. Opaque. */
typedef struct segue_project segue_project;

/** An open slot game. Opaque. */
typedef struct segue_slot segue_slot;

/**
 * What an engine is made for. 0 everywhere means the default; with a project its rate, seed and
 * sizes are the defaults.
 */
typedef struct segue_engine_config {
    /** `sizeof(segue_engine_config)`. */
    uint32_t struct_size;
    /** Frames a second, 8,000..=384,000; by default the project's, else 48,000. */
    uint32_t sample_rate;
    /** Frames of the largest block that is expected; recorded only, any block works. */
    uint32_t max_block;
    /** 1: everything that reaches the audio thread can be recorded (`segue_engine_record`). */
    uint32_t record;
    /** Seed of everything random; by default the project's. */
    uint64_t seed;
    /** Buses. */
    uint32_t buses;
    /** Inserts. */
    uint32_t inserts;
    /** Sends. */
    uint32_t sends;
    /** Sounds. */
    uint32_t sounds;
    /** Voices that sound at a time. */
    uint32_t real_voices;
    /** Voices that are kept track of besides. */
    uint32_t virtual_voices;
    /** Commands that wait for the audio thread. */
    uint32_t commands;
    /** Streamed sounds that play at a time. */
    uint32_t streams;
    /**
     * 1: rendering waits until streamed sounds are read, so that none is ever missing. For rendering into
     * files, not for an audio thread.
     */
    uint32_t offline;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_engine_config;

/** What an engine was doing at one frame. */
typedef struct segue_engine_state {
    /** `sizeof(segue_engine_state)`. */
    uint32_t struct_size;
    /** Frames a second. */
    uint32_t sample_rate;
    /** The frame it holds for: the next one to be rendered. */
    uint64_t frame;
    /** Position of the song in quarter-note beats. */
    double beats;
    /** Tempo, quarter notes a minute. */
    double bpm;
    /** Bar, 0 the first; below 0 before the song. */
    int64_t bar;
    /** Beat within the bar, 0 the first. */
    uint32_t beat;
    /** 1 while the position moves. */
    uint32_t is_playing;
    /** 1 while a host says where it is. */
    uint32_t is_hosted;
    /** 1 while the transport loops. */
    uint32_t is_looping;
    /** First beat of the loop. */
    double loop_start_beats;
    /** Beat at which it wraps. */
    double loop_end_beats;
    /** Beats in a bar. */
    uint32_t numerator;
    /** Note value of one of them. */
    uint32_t denominator;
    /** Voices that sound. */
    uint32_t real_voices;
    /** Voices that are only kept track of. */
    uint32_t virtual_voices;
    /** Voices that fade out. */
    uint32_t ending_voices;
    /** Frames from a voice to the output. */
    uint32_t latency;
    /** Commands that wait for their frame. */
    uint32_t waiting;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
    /** Commands that came after their frame and were carried out at once. */
    uint64_t late;
    /** Commands whose object did not exist any more. */
    uint64_t stale;
    /** Frames of streamed sounds that were not there in time. */
    uint64_t missing_frames;
    /** Events of voices that were lost because nobody dispatched. */
    uint64_t lost_events;
    /** Rows of the session log that were lost because nobody updated: what was recorded has gaps. */
    uint64_t lost_log_rows;
} segue_engine_state;

/**
 * Something that happened. Which fields a kind uses, `segue_event_kind` says; the others are 0. Reasons
 * are `SEGUE_REASON_...` where nothing else is said.
 */
typedef struct segue_event {
    /** `sizeof(segue_event)` of the library. */
    uint32_t struct_size;
    /** `SEGUE_EVENT_...`; skip what you do not know. */
    int32_t kind;
    /** Absolute frame. */
    uint64_t frame;
    /** What it is about. */
    uint64_t subject;
    /** On which game object; 0 the global one. */
    uint64_t object;
    /** Of which post. */
    uint64_t playing;
    /** A second thing. */
    uint64_t other;
    /** The event that is behind it, where a kind says so. */
    uint64_t event;
    /** A count, a frame or an id. */
    uint64_t number;
    /** A value. */
    float value;
    /** A second value. */
    float value2;
    /** A small number. */
    uint32_t code;
    /** Why. */
    uint32_t reason;
} segue_event;

/**
 * Takes an event. It may call any function of the library but those that destroy this engine. The
 * event is only there during the call. An exception that leaves it ends the process.
 */
typedef void (*segue_event_sink)(void *user_data, const struct segue_event *event);

/** Bytes that the library has made for the caller. `{0}` is empty; `segue_buffer_free` frees it. */
typedef struct segue_buffer {
    /** The bytes, not NUL-terminated; NULL when there are none. */
    uint8_t *data;
    /** How many. */
    size_t length;
    /** The library's own. Leave it as it is. */
    size_t capacity;
} segue_buffer;

/** A game object. All 0 is in the middle, as wide as it is. */
typedef struct segue_object_options {
    /** `sizeof(segue_object_options)`. */
    uint32_t struct_size;
    /** 1: what it plays goes on when it is removed; 0: it ends within 20 ms. */
    uint32_t detach;
    /** -1 left to 1 right. */
    float pan;
    /** Added to the width of 1 of what it plays: -1 mono, 0 as it is, 1 twice as wide. */
    float widen;
} segue_object_options;

/** How an event is posted. All 0 is as the project says. */
typedef struct segue_post_options {
    /** `sizeof(segue_post_options)`. */
    uint32_t struct_size;
    /** Which emitter of the object, 0..=7. */
    uint32_t emitter;
    /** Of all that it plays, in decibels, at most 24; -96 and below is silent. */
    float gain_db;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_post_options;

/** What a game did. */
typedef struct segue_game_counts {
    /** `sizeof(segue_game_counts)`. */
    uint32_t struct_size;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
    /** Posts that were accepted. */
    uint64_t posts;
    /** Posts that were refused. */
    uint64_t refused;
    /** Actions that were carried out or failed. */
    uint64_t actions;
    /** Plays whose sound is missing. */
    uint64_t missing;
    /** Calls that named something unknown, or had no room. */
    uint64_t ignored;
    /** Steps and fades that were lost because too much waits. */
    uint64_t lost_wakes;
    /** For each `SEGUE_REASON_...`, how many posts and voices were refused and calls ignored; 0 behind the last reason. */
    uint64_t refusals[32];
} segue_game_counts;

/** An adaptive layer of the context that is heard. */
typedef struct segue_layer_info {
    /** `sizeof(segue_layer_info)`. */
    uint32_t struct_size;
    /** Its volume, linear: 0 silent, 1 as it was recorded. */
    float gain;
    /** The volume that its level wants of it, linear. */
    float target;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
    /** What it plays, as a name's id. */
    uint64_t layer;
    /** The context it belongs to. */
    uint64_t context;
} segue_layer_info;

/** A rule of ducking that is active. */
typedef struct segue_duck_info {
    /** `sizeof(segue_duck_info)`. */
    uint32_t struct_size;
    /** By how much it ducks, decibels. */
    float gain_db;
    /** The rule, as a name's id. */
    uint64_t duck;
} segue_duck_info;

/** How far a job is. */
typedef struct segue_job_progress {
    /** `sizeof(segue_job_progress)`. */
    uint32_t struct_size;
    /** 1 when it is over, well or not. */
    uint32_t is_over;
    /** Units that are done: files, spins or frames, whatever the job counts. */
    uint64_t done;
    /** All units; 0 while it is not known. */
    uint64_t total;
    /** Seconds since it was started; until its end, if it is over. */
    double elapsed_s;
    /** Seconds that are left at this pace; negative while it is not known. */
    double left_s;
} segue_job_progress;

/** One limit of the library. */
typedef struct segue_limit {
    /** `sizeof(segue_limit)`. */
    uint32_t struct_size;
    /** Bytes of `name` that count. */
    uint32_t name_length;
    /** Its name, as in errors and in docs/limits.md. */
    char name[32];
    /** What you get when you do not choose; the most there is where you cannot. */
    uint64_t default_value;
    /** Smallest allowed choice. */
    uint64_t min;
    /** Largest allowed choice. */
    uint64_t max;
} segue_limit;

/** What of the library lives right now: all 0 after everything was destroyed. */
typedef struct segue_counters {
    /** `sizeof(segue_counters)`. */
    uint32_t struct_size;
    /** Engines. */
    uint32_t engines;
    /** Projects. */
    uint32_t projects;
    /** Slot games. */
    uint32_t slots;
    /** Live games. */
    uint32_t live_games;
    /** Jobs. */
    uint32_t jobs;
    /** Threads of jobs that run. */
    uint32_t job_threads;
} segue_counters;

/** Levels of a bus. */
typedef struct segue_levels {
    /** `sizeof(segue_levels)`. */
    uint32_t struct_size;
    /** Samples of full scale or more since the last look. */
    uint32_t clips;
    /** Largest absolute sample since the last look, left and right; 1 is full scale. */
    float peak[2];
    /** Root of the mean square over the last 300 ms, left and right. */
    float rms[2];
    /** -1 to 1 over the same time; 0 if a side is silent. */
    float correlation;
    /** Cells of 32 frames that were muted because of NaN or infinity since the last look; 0: sound. */
    uint32_t bad_cells;
} segue_levels;

/** How a spectrum is made. All 0 is 4,096 frames, level, as it is. */
typedef struct segue_spectrum_options {
    /** `sizeof(segue_spectrum_options)`. */
    uint32_t struct_size;
    /** Frames of the window: 1,024, 2,048, 4,096 or 8,192. */
    uint32_t size;
    /** dB per octave that are added, 0 dB at 1 kHz; 3 makes pink noise level. */
    float tilt;
    /** Averages over 1/n of an octave, 3..=24; 0: not at all. */
    uint32_t smoothing;
} segue_spectrum_options;

/** What an analyser has measured. Loudness in LUFS, peaks in dB of full scale; -infinity is silence. */
typedef struct segue_analysis {
    /** `sizeof(segue_analysis)`. */
    uint32_t struct_size;
    /** 1 when `range` rests on at least one minute. */
    uint32_t range_is_stable;
    /** M: the last 400 ms. */
    float momentary;
    /** S: the last 3 s. */
    float short_term;
    /** Largest M since the last reset. */
    float max_momentary;
    /** Largest S since the last reset. */
    float max_short_term;
    /** I: gated, since the last reset. */
    float integrated;
    /** LRA in LU. */
    float range;
    /** True peak in dBTP since the last reset. */
    float true_peak;
    /** Sample peak in dBFS since the last reset. */
    float sample_peak;
    /** True peak over integrated loudness, LU; NaN while there is nothing to compare. */
    float plr;
    /**
     * Needles of left and right after PPM type I, PPM type II, digital PPM and VU: the amplitude of a steady
     * sine that would bring them there.
     */
    float needles[4][2];
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
    /** Frames that were measured. */
    uint64_t frames;
    /** Frames that were lost because nobody looked for two seconds. */
    uint64_t lost_frames;
} segue_analysis;

/**
 * What a thread spends its time on, over its last 1,000 blocks: of the audio thread, what is rendered at a
 * time; of control, an update, which lasts as long as what was rendered since the one before; of the disk,
 * one piece of one streamed sound, which lasts as long as it plays; of a live game, what its thread does between two
 * sleeps, which lasts until it wakes up again.
 */
typedef struct segue_profile_row {
    /** `sizeof(segue_profile_row)`. */
    uint32_t struct_size;
    /** `SEGUE_THREAD_...`. */
    int32_t thread;
    /** `SEGUE_STAGE_...`. */
    int32_t stage;
    /** Nanoseconds of the longest block. */
    uint32_t worst_ns;
    /** Nanoseconds of the mean block. */
    float mean_ns;
    /** Largest share of a block's own time, 1 for all of it; only in the row of `SEGUE_STAGE_TOTAL`. */
    float worst_load;
    /** Share of the time that was spent; only in the row of `SEGUE_STAGE_TOTAL`. */
    float mean_load;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
    /** Blocks that were measured. */
    uint64_t blocks;
    /** Blocks that took longer than they last; 0 in rows of `SEGUE_STAGE_BUS`. */
    uint64_t overloads;
    /** The bus, in rows of `SEGUE_STAGE_BUS`; else 0. */
    uint64_t bus;
} segue_profile_row;

/**
 * One bus of the mixer, with the values that were last set, also for a frame that is still to come: without
 * what states, RTPCs and ducking add.
 */
typedef struct segue_bus_info {
    /** `sizeof(segue_bus_info)`. */
    uint32_t struct_size;
    /** How many inserts it has. */
    uint32_t inserts;
    /** Its id. */
    uint64_t bus;
    /** Where it plays into; 0 for the master. */
    uint64_t output;
    /** How many sends leave it. */
    uint32_t sends;
    /** Its fader in decibels; -infinity is silent. */
    float gain_db;
    /** -1 left to 1 right. */
    float pan;
    /** 1 while it is muted. */
    uint32_t is_muted;
    /** 1 while it is soloed. */
    uint32_t is_soloed;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_bus_info;

/** An insert in its chain, with the values that were last set. */
typedef struct segue_insert_info {
    /** `sizeof(segue_insert_info)`. */
    uint32_t struct_size;
    /** Its kind: place in the list of `segue_get_insert_kinds`. */
    uint32_t kind;
    /** Its id. */
    uint64_t insert;
    /** Bus that keys it; 0: its own signal. */
    uint64_t key;
    /** Frames by which its output lags. */
    uint32_t latency;
    /** How many parameters it has. */
    uint32_t params;
    /** Its wet share, 0 dry to 1 wet. */
    float mix;
    /** 1 while it is bypassed. */
    uint32_t is_bypassed;
} segue_insert_info;

/** A send of a bus. */
typedef struct segue_send_info {
    /** `sizeof(segue_send_info)`. */
    uint32_t struct_size;
    /** 1: before the fader; 0: after it. */
    uint32_t pre_fader;
    /** Its id. */
    uint64_t send;
    /** The bus it feeds. */
    uint64_t to;
    /** Its gain in decibels as it was last set; -infinity is silent. */
    float gain_db;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_send_info;

/** The step of a scenario that comes next. */
typedef struct segue_slot_step {
    /** `sizeof(segue_slot_step)`. */
    uint32_t struct_size;
    /** Its number in `steps` of the document, from 0. */
    uint32_t step;
    /** What is waited before it, in milliseconds. */
    uint32_t delay_ms;
    /** 1: the scenario never ends by itself. */
    uint32_t is_endless;
    /** Steps that were played. */
    uint64_t played;
    /** Steps that are left, this one included; 0 of an endless one. */
    uint64_t left;
} segue_slot_step;

/** What a spin gave, in short. */
typedef struct segue_slot_spin_record {
    /** `sizeof(segue_slot_spin_record)`. */
    uint32_t struct_size;
    /** Reels: how many of `stops` count. */
    uint32_t reels;
    /** Number of the spin, 0 the first of the seed. */
    uint64_t spin;
    /** Numbers that the seed had drawn before it. */
    uint64_t counter_before;
    /** Numbers that it has drawn after it. */
    uint64_t counter_after;
    /** The bet, in minor units of the currency. */
    int64_t bet;
    /** All it won, features and jackpots too, in minor units. */
    int64_t win;
    /** Where each reel stopped. */
    uint32_t stops[8];
    /** Wins that removed their symbols, one after the other. */
    uint32_t cascades;
    /** Features that it began. */
    uint32_t features;
    /** Jackpots that fell, in features too. */
    uint32_t jackpots;
    /** 1: the stops were given or searched for, not drawn. */
    uint32_t is_given;
    /** 1: a near miss. */
    uint32_t is_near_miss;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_slot_spin_record;

/** What became of a stage. */
typedef struct segue_stage_posted {
    /** `sizeof(segue_stage_posted)`. */
    uint32_t struct_size;
    /** 1: the project binds an event to it. */
    uint32_t is_bound;
    /** What it plays, for `segue_playing_stop`; 0: nothing, or a loop that goes on. */
    uint64_t playing;
    /** 1: it may not come where it came. It was carried out all the same. */
    uint32_t is_out_of_order;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_stage_posted;

/** What a host says about its transport. Which fields it says, `flags` tells. */
typedef struct segue_host_transport {
    /** `sizeof(segue_host_transport)`. */
    uint32_t struct_size;
    /** Sum of `SEGUE_HOST_...`. */
    uint32_t flags;
    /** Position in quarter-note beats at `at` (`SEGUE_HOST_BEATS`): finite; below 0 before the song. */
    double beats;
    /** Tempo in quarter notes a minute, finite, brought into 1..=999 (`SEGUE_HOST_TEMPO`). */
    double bpm;
    /** What each frame adds to the tempo: finite (`SEGUE_HOST_TEMPO`). */
    double bpm_per_frame;
    /** First beat of the loop (`SEGUE_HOST_LOOP`). */
    double loop_start_beats;
    /** Beat at which it wraps. */
    double loop_end_beats;
    /** Beats in a bar, 1..=255 (`SEGUE_HOST_SIGNATURE`). */
    uint32_t numerator;
    /** Note value of one of them: 1, 2, 4, 8, 16, 32 or 64. */
    uint32_t denominator;
} segue_host_transport;

/** How a sound is started, on top of what the project says about it. All 0 is as it is. */
typedef struct segue_play_options {
    /** `sizeof(segue_play_options)`. */
    uint32_t struct_size;
    /** Gain in decibels, at most 24; -96 and below is silent. */
    float gain_db;
    /** -1..=1, added to the project's. */
    float pan;
    /** Semitones, -36..=36, added to the project's. */
    float pitch_st;
    /** Frame of the sound it starts at. */
    uint64_t start;
    /** Frames of fade-in; the longer of this and the project's is used. */
    uint32_t fade_in;
    /** 1 to 100 (last to go), instead of the project's; 0 leaves that. */
    uint32_t priority;
} segue_play_options;

/** One voice. */
typedef struct segue_voice_info {
    /** `sizeof(segue_voice_info)`. */
    uint32_t struct_size;
    /** 1 while it is only kept track of. */
    uint32_t is_virtual;
    /** Its id. */
    uint64_t voice;
    /**
     * What it plays, as a name's id. Of what events start it is told while `segue_engine_listen` is on, of what
     * `segue_voice_play` starts always, of the timeline's and of notes never: then it is 0.
     */
    uint64_t asset;
    /** The event that started it; 0 where none did, or nobody listens. */
    uint64_t event;
    /** On which game object; 0 as for `event`. */
    uint64_t object;
    /** Frames since it started, at the frame of `segue_engine_get_frame`. */
    uint64_t age;
    /** 0 (first to go) to 100, as it was started; 0 where `asset` is 0. */
    uint32_t priority;
    /** Why it is virtual: `SEGUE_REASON_...`. */
    uint32_t reason;
    /** How loud it was on its bus when it was last told, dB; 0 as for `event`. */
    float level_db;
    /** 0; so that the size is a multiple of 8. */
    uint32_t reserved;
} segue_voice_info;

/** A sound of the audio pool, as the project plays it. */
typedef struct segue_sound_info {
    /** `sizeof(segue_sound_info)`. */
    uint32_t struct_size;
    /** 1 when it is read from the disk while it plays; 0 when all of it is in memory. */
    uint32_t is_streamed;
    /** Its id, for `segue_voice_play`. */
    uint64_t sound;
    /** Its name's id, as events and `segue_voice_info` tell it. */
    uint64_t asset;
    /** The bus it plays into. */
    uint64_t bus;
    /** Its length at the engine's rate. */
    uint64_t frames;
    /** Gain in decibels; -infinity is silent. */
    float gain_db;
    /** -1 left to 1 right. */
    float pan;
    /** Semitones. */
    float pitch_st;
    /** 0 (first to go) to 100. */
    uint32_t priority;
} segue_sound_info;

/**
 * Makes an engine. `[thread-safe]`
 *
 * `abi` is `SEGUE_ABI` of the header. `config` may be NULL: all defaults. `project` may be NULL;
 * with it the engine takes over the project's rate, seed, sizes and rules for voices, so that it
 * can load it (`segue_engine_load`).
 *
 * Ownership: `out_engine` becomes the caller's; `segue_engine_destroy` ends it. The project stays
 * the caller's and is only read here.
 * Errors: `ABI_MISMATCH`, `NULL_POINTER`, `STRUCT_SIZE`, `INVALID_ARGUMENT` for the rate or a switch that is not 0 or 1,
 * `LIMIT_EXCEEDED` for a size over its limit (`segue_get_limits`) before memory is taken, and above 64 engines, `STALE_HANDLE`, `POISONED` of the project, `SYSTEM`. Since 0.1.
 *
 * Safety:
 * `config` is NULL or a struct of `struct_size` bytes; `out_engine` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_engine_create(uint32_t abi,
                                 const struct segue_engine_config *config,
                                 struct segue_project *project,
                                 struct segue_engine **out_engine);

/**
 * Ends an engine: cancels its jobs and takes no new ones, waits until they are over and calls on other threads have
 * left (10 s at most, all together), and frees everything, also its threads. `[thread-safe]`, not the audio thread
 *
 * Ownership: the handle is stale afterwards. NULL is allowed and does nothing. The order in which
 * engines, projects and jobs are destroyed does not matter.
 * Errors: `BUSY` when jobs or calls do not end in time: the engine lives on, its jobs are cancelled; `IN_CALLBACK` inside of
 * its own `segue_engine_dispatch`; `STALE_HANDLE`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API
segue_status segue_engine_destroy(struct segue_engine *engine);

/**
 * Drops what the audio thread has let go of, writes what is recorded, and carries out what live games have said. Call it, or
 * `segue_engine_dispatch` which does the same, every 20 ms or so. `[main-thread]`
 *
 * Ownership: none.
 * Errors: `SYSTEM` when the session log or the trace of a live game cannot be written: recording ends, the
 * engine goes on;
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API
segue_status segue_engine_update(struct segue_engine *engine);

/**
 * The engine's state, published every 10 ms of its clock. Takes no lock. `[thread-safe]`
 *
 * Ownership: `out_state` is the caller's, with its `struct_size` set.
 * Errors: `NULL_POINTER`, `STRUCT_SIZE`, `STALE_HANDLE`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_state` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_engine_get_state(struct segue_engine *engine,
                                    struct segue_engine_state *out_state);

/**
 * The frame that is rendered next, as of the last call that rendered. Takes no lock. `[thread-safe]`
 *
 * Ownership: `out_frame` is the caller's.
 * Errors: `NULL_POINTER`, `STALE_HANDLE`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_frame` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_engine_get_frame(struct segue_engine *engine,
                                    uint64_t *out_frame);

/**
 * Renders the next `frames` frames (at most 1,048,576) into `channel_count` planar channels (1..=16):
 * left, right, and silence after them; one channel alone gets the mean. Blocks of any length give
 * the same bits. One thread at a time. `[audio-thread]`
 *
 * Ownership: the channels are the caller's. They are silent when the call fails but for the errors
 * about themselves.
 * Errors: `NULL_POINTER`, `INVALID_ARGUMENT` (no channels, or two that overlap), `LIMIT_EXCEEDED`;
 * `BUSY` while another thread renders; `STALE_HANDLE`, `POISONED`, `PANICKED`. No error text is kept.
 * Since 0.1.
 *
 * Safety:
 * `channels` is NULL or `channel_count` pointers, each NULL or `frames` floats.
 */
SEGUE_API
segue_status segue_engine_process(struct segue_engine *engine,
                                  float *const *channels,
                                  uint32_t channel_count,
                                  uint32_t frames);

/**
 * The same into one array of interleaved frames of `channel_count` samples (1..=16); with 0 frames nothing is
 * rendered, and NULL is in order. `[audio-thread]`
 *
 * Ownership: `samples` is the caller's. It is silent when the call fails but for the errors about
 * itself.
 * Errors: as `segue_engine_process`. Since 0.1.
 *
 * Safety:
 * `samples` is NULL or `frames * channel_count` floats.
 */
SEGUE_API
segue_status segue_engine_process_interleaved(struct segue_engine *engine,
                                              float *samples,
                                              uint32_t channel_count,
                                              uint32_t frames);

/**
 * Decodes a project's audio on a job's thread and installs it in the engine, once in its life. The
 * engine can be used and rendered meanwhile; the job waits for room in the queue of commands. The job's document is a JSON object: `sounds`,
 * `streamed`, `bytes`, `frames` (of the arrangement), `unplayable` (a list of `id`, `file`, `reason`:
 * the rest plays). `[thread-safe]`
 *
 * Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. Engine and project stay
 * the caller's and may be destroyed at any time.
 * Errors: `WRONG_ORDER` when something was loaded before, or the mixer was edited: a project brings its own. The job says it
 * where that happened while it worked, as another load does; it says `INVALID_DOCUMENT` for what cannot be built,
 * `LIMIT_EXCEEDED` for more buses, inserts, sends or sounds than the engine was made for, `CANCELLED` and `SYSTEM`. `BUSY`
 * while another thread destroys the engine; `LIMIT_EXCEEDED` above 64 jobs, `SYSTEM`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_engine_load(struct segue_engine *engine,
                               struct segue_project *project,
                               struct segue_job **out_job);

/**
 * Loads a project again that has changed, while it plays: new and changed sounds, clips, keys,
 * tempo, everything interactive, and the mixer. Voices that sound go on; those on a bus that is gone
 * fade out within 10 ms. Ids of buses, sends and inserts that stay go on, also of a bus that only has
 * another name. The engine can be used meanwhile; the job waits for room in the queue of commands, and
 * for an earlier change of the mixer. The job's document is a JSON object: `sounds`, `mixer`,
 * `responses` (what has changed), `rewired` (whether buses, sends or inserts came, went or moved),
 * `unplayable`, `kept`, `renewed` (played, with another hash than the project says). `[thread-safe]`
 *
 * Ownership: as `segue_engine_load`.
 * Errors: `WRONG_ORDER` when nothing was loaded before, the session is recorded, limits of voices are
 * others than before, or the engine was made for fewer buses, inserts or sends; the job says it when edits of the mixer
 * wait for `segue_mixer_commit`, or another load came first: what plays goes on; else as `segue_engine_load`. Since 0.1.
 *
 * Safety:
 * `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_engine_reload(struct segue_engine *engine,
                                 struct segue_project *project,
                                 struct segue_job **out_job);

/**
 * Records everything that reaches the audio thread, from the first frame on, into a session log
 * that replaces what is at `path`. To be called after the project was loaded and before the
 * first `segue_engine_process`, on an engine that was made with `record` 1. From then on
 * `segue_engine_update` writes what has come, and what was written survives a crash. `[thread-safe]`
 *
 * `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: the text stays the caller's; the file is the engine's until
 * `segue_engine_finish_recording`, or its end.
 * Errors: `WRONG_ORDER` when the engine does not record, has recorded before, has nothing loaded, or has rendered;
 * `EXISTS` for a file of the project itself and for one that is no session log, `WRONG_FILE` for a device or pipe; `INVALID_ARGUMENT` when the limits of voices are not
 * the project's; `SYSTEM`, `NOT_FOUND` for the folder; `INVALID_UTF8`, `LIMIT_EXCEEDED`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes.
 */
SEGUE_API
segue_status segue_engine_record(struct segue_engine *engine,
                                 const char *path,
                                 size_t path_length);

/**
 * Ends the session log after what was rendered so far and brings it to the disk. Nothing happens
 * when nothing is recorded. Best called when the audio thread has stopped: what is rendered later is
 * not in the log. `[thread-safe]`
 *
 * Ownership: `out_frames` is the caller's; the length of the session in frames.
 * Errors: `SYSTEM` when the log cannot be written or has gaps because `segue_engine_update` was not
 * called often enough; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_frames` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_engine_finish_recording(struct segue_engine *engine,
                                           uint64_t *out_frames);

/**
 * Begins (`on` 1) or ends (0) to listen to what the game does: posts, decisions, voices, levels,
 * transitions, ducking. Events of voices are told always. While nobody listens it costs nothing.
 * `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API segue_status segue_engine_listen(struct segue_engine *engine, uint32_t on);

/**
 * Does what `segue_engine_update` does, and gives what has happened to `sink`, in the order of frames, at most
 * `max_events` (0: all there are, at most 65,536). `sink` may be NULL: that drops them. Called on the
 * caller's thread, without a lock. An event is given out once none before it can come any more: when 10 ms
 * behind it were rendered. What was not taken within some seconds is lost and counted. `[main-thread]`
 *
 * Ownership: `user_data` stays the caller's and is only passed on. `out_count`, which may be NULL, gets how
 * many were given out, also where the call fails after that.
 * Errors: as `segue_engine_update`, after the events were given out. Since 0.1.
 *
 * Safety:
 * `sink` is NULL or a function that takes `user_data`; `out_count` is NULL or a `uint32_t`.
 */
SEGUE_API
segue_status segue_engine_dispatch(struct segue_engine *engine,
                                   segue_event_sink sink,
                                   void *user_data,
                                   uint32_t max_events,
                                   uint32_t *out_count);

/**
 * The id of a name (`kind` is one of `SEGUE_NAME_...`). `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_id` is the caller's.
 * Errors: `UNKNOWN_NAME` with the nearest one, `INVALID_ARGUMENT` for the kind, `INVALID_UTF8`,
 * `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_id` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_name_find(struct segue_engine *engine,
                             int32_t kind,
                             const char *name,
                             size_t name_length,
                             uint64_t *out_id);

/**
 * The text of a name's id, for events; empty for one the project does not have. Not NUL-terminated.
 * `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_name_get_text(struct segue_engine *engine,
                                 uint64_t id,
                                 char *text,
                                 size_t capacity,
                                 size_t *length);

/**
 * Everything the project knows by name, as a JSON object: `events`, `rtpcs` (`name`, `min`, `max`), `states`
 * and `switches` (`name`, `values`), `signals`, `contexts`, `stingers`, `containers`, `macros`.
 * `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_engine_get_names(struct segue_engine *engine,
                                    struct segue_buffer *out_document);

/**
 * Makes a game object of this name, or moves the one that is there. `options` may be NULL. The
 * object 0 is the global one, which is always there. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_object` is the caller's; `segue_object_remove` ends the object.
 * Errors: `INVALID_ARGUMENT` for an empty name or a value, `INVALID_UTF8`, `LIMIT_EXCEEDED`,
 * `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `options` is NULL or a struct of `struct_size` bytes;
 * `out_object` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_object_add(struct segue_engine *engine,
                              const char *name,
                              size_t name_length,
                              const struct segue_object_options *options,
                              uint64_t at,
                              uint64_t *out_object);

/**
 * Ends a game object. Its id is that of its name: an object that is made anew under the name has it again.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: the id is stale afterwards.
 * Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_object_remove(struct segue_engine *engine,
                                 uint64_t object,
                                 uint64_t at);

/**
 * Places one emitter of an object, 0..=7: `pan` -1..=1 is added to the object's, `width` 0..=2 times the
 * object's. Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_object_place(struct segue_engine *engine,
                                uint64_t object,
                                uint32_t emitter,
                                float pan,
                                float width,
                                uint64_t at);

/**
 * Posts an event on an object (0: the global one) at the absolute frame `at` (0: at once). `options`
 * may be NULL. Allocates nothing. `[thread-safe]`
 *
 * Ownership: `out_playing`, which may be NULL, gets the id of what it plays; never used again.
 * Errors: `STALE_ID` for the event or the object, `INVALID_ARGUMENT`, `STRUCT_SIZE`, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or a struct of `struct_size` bytes; `out_playing` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_event_post(struct segue_engine *engine,
                              uint64_t event,
                              uint64_t object,
                              const struct segue_post_options *options,
                              uint64_t at,
                              uint64_t *out_playing);

/**
 * Fades out what a post plays over `fade_s` seconds, 0..=3600. One that is over is no error. Allocates
 * nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID` for an id that was never given, `INVALID_ARGUMENT`, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_playing_stop(struct segue_engine *engine,
                                uint64_t playing,
                                double fade_s,
                                uint64_t at);

/**
 * Pauses what a post plays (`on` 1), or goes on with it (0), within `fade_s` seconds, 0..=3600.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_playing_stop`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_playing_pause(struct segue_engine *engine,
                                 uint64_t playing,
                                 uint32_t on,
                                 double fade_s,
                                 uint64_t at);

/**
 * Fades out everything on an object over `fade_s` seconds, 0..=3600; on object 0: everything.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_object_stop_all(struct segue_engine *engine,
                                   uint64_t object,
                                   double fade_s,
                                   uint64_t at);

/**
 * Carries out one line of a scene, such as `post door_open on hero` (docs/scene.md), without its time: for
 * consoles and scripts. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Sizes: `line` at most 64 MiB.
 * Ownership: `line` stays the caller's.
 * Errors: `INVALID_DOCUMENT` for a line that cannot be read, or has a time or a repetition, `UNKNOWN_NAME`, `INVALID_ARGUMENT`,
 * `INVALID_UTF8`, `LIMIT_EXCEEDED`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `line` is NULL or `line_length` bytes.
 */
SEGUE_API
segue_status segue_call_line(struct segue_engine *engine,
                             const char *line,
                             size_t line_length,
                             uint64_t at);

/**
 * What the game did since the project was loaded, whether or not `segue_engine_listen` is on: those of
 * `segue run --json`. All 0 without a project. `[thread-safe]`
 *
 * Ownership: `out_counts` is the caller's, with its `struct_size` set.
 * Errors: `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_counts` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_engine_get_counts(struct segue_engine *engine,
                                     struct segue_game_counts *out_counts);

/**
 * Sets an adaptive signal, as raw as the game has it; of several within 10 ms the last counts. Allocates
 * nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for a value that is not finite, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_signal_set(struct segue_engine *engine,
                              uint64_t signal,
                              float value,
                              uint64_t at);

/**
 * What an adaptive signal was last set to, also for a frame still to come; by a stage, too. `[thread-safe]`
 *
 * Ownership: `out_value` is the caller's.
 * Errors: `STALE_ID`, `NOTHING` for one that was not set, such as those that the engine measures itself,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_value` is NULL or a `float`.
 */
SEGUE_API
segue_status segue_signal_get(struct segue_engine *engine,
                              uint64_t signal,
                              float *out_value);

/**
 * Enters an adaptive context with a strength of 0..=1, for those that begin by strength. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_context_enter(struct segue_engine *engine,
                                 uint64_t context,
                                 float strength,
                                 uint64_t at);

/**
 * Leaves the adaptive context as its exit says; `summary` 0 none, 1 small, 2 big, 3 mega tells which
 * stinger sums it up. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_context_leave(struct segue_engine *engine,
                                 uint32_t summary,
                                 uint64_t at);

/**
 * Sets the adaptive level, 0..=4, whatever the rules say. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_level_set(struct segue_engine *engine, uint32_t level, uint64_t at);

/**
 * Plays a stinger of the music. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_stinger_play(struct segue_engine *engine,
                                uint64_t stinger,
                                uint64_t at);

/**
 * Tells that a new spin or round begins: what counts per spin starts anew. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API segue_status segue_spin_begin(struct segue_engine *engine, uint64_t at);

/**
 * The adaptive context and level, as of the last `segue_engine_dispatch` while `segue_engine_listen` was on.
 * `[thread-safe]`
 *
 * Ownership: `out_context` and `out_level` are the caller's; each may be NULL.
 * Errors: `NOTHING` before a context or level was told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `out_context` is NULL or a `uint64_t`; `out_level` is NULL or a `uint32_t`.
 */
SEGUE_API
segue_status segue_level_get(struct segue_engine *engine,
                             uint64_t *out_context,
                             uint32_t *out_level);

/**
 * Where an RTPC goes that was set for everybody (object 0) or an object, as of the last `segue_engine_dispatch` while
 * `segue_engine_listen` was on. `[thread-safe]`
 *
 * Ownership: `out_value` is the caller's.
 * Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_value` is NULL or a `float`.
 */
SEGUE_API
segue_status segue_rtpc_get(struct segue_engine *engine,
                            uint64_t rtpc,
                            uint64_t object,
                            float *out_value);

/**
 * The value of a state group that was set, 0 for `none`, as of the last `segue_engine_dispatch` while
 * `segue_engine_listen` was on. `[thread-safe]`
 *
 * Ownership: `out_value` is the caller's.
 * Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_value` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_state_get(struct segue_engine *engine,
                             uint64_t group,
                             uint64_t *out_value);

/**
 * The value of a switch group that was set on an object (0: for everybody without a value of its own),
 * as of the last `segue_engine_dispatch` while
 * `segue_engine_listen` was on. `[thread-safe]`
 *
 * Ownership: `out_value` is the caller's.
 * Errors: `NOTHING` for one that was not told, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_value` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_switch_get(struct segue_engine *engine,
                              uint64_t group,
                              uint64_t object,
                              uint64_t *out_value);

/**
 * The adaptive layers and how loud each is, as of the last `segue_engine_dispatch` while
 * `segue_engine_listen` was on;
 * none before. They are told every 10 ms while they move (`SEGUE_EVENT_LAYER`). `[thread-safe]`
 *
 * Ownership: `layers` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `layers` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_engine_get_layers(struct segue_engine *engine,
                                     struct segue_layer_info *layers,
                                     size_t capacity,
                                     size_t *length);

/**
 * The rules of ducking that are active, as of the last `segue_engine_dispatch` while
 * `segue_engine_listen` was on;
 * none before. `[thread-safe]`
 *
 * Ownership: `ducks` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `ducks` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_engine_get_ducks(struct segue_engine *engine,
                                    struct segue_duck_info *ducks,
                                    size_t capacity,
                                    size_t *length);

/**
 * Sets an RTPC in its unit, clamped to its range, within `ramp_s` seconds (0..=3600): for everybody
 * (object 0), an object, or only what a post plays (`playing` not 0). Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for a value that is not finite, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_rtpc_set(struct segue_engine *engine,
                            uint64_t rtpc,
                            uint64_t object,
                            uint64_t playing,
                            float value,
                            double ramp_s,
                            uint64_t at);

/**
 * Takes a value of an RTPC back: that of everybody (object 0), an object, or a post. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_rtpc_reset(struct segue_engine *engine,
                              uint64_t rtpc,
                              uint64_t object,
                              uint64_t playing,
                              uint64_t at);

/**
 * Sets a state group; `value` 0 is `none`. Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID` for the group, or a value it does not have, `QUEUE_FULL`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_state_set(struct segue_engine *engine,
                             uint64_t group,
                             uint64_t value,
                             uint64_t at);

/**
 * Sets a switch group on an object (0: for everybody without a value of its own). Allocates nothing.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID` for the group, the object, or a value the group does not have, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_switch_set(struct segue_engine *engine,
                              uint64_t group,
                              uint64_t object,
                              uint64_t value,
                              uint64_t at);

/**
 * The next play of a container on an object is that of number `play_n`, to hear a choice of a seed log
 * (events of kind `SEGUE_EVENT_SEED`) again. `[thread-safe]`
 *
 * The container is of the type `random`, or a group of the mode `random`. `at` is an absolute frame; 0, or one
 * that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` (a container that does not choose by chance), `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_container_set_play_count(struct segue_engine *engine,
                                            uint64_t container,
                                            uint64_t object,
                                            uint64_t play_n,
                                            uint64_t at);

/**
 * Another seed: from here on everything random draws as if the project had begun with it. Containers go on
 * where they are (docs/interactive.md, "Another seed"). Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_seed_set(struct segue_engine *engine,
                            uint64_t seed,
                            uint64_t at);

/**
 * Moves a macro of the project by its number in `segue_engine_get_names`, 0..=1: the parameters it moves, and its RTPCs.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL` (some of its targets may have moved), `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_macro_set(struct segue_engine *engine,
                             uint32_t index,
                             float value,
                             uint64_t at);

/**
 * Waits until a job is over, at most `timeout_ms` milliseconds (0: only looks; the most is
 * 3,600,000). `[thread-safe]`
 *
 * Ownership: the caller keeps the job.
 * Errors: `TIMEOUT` while it runs; `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. How the job
 * ended says `segue_job_get_result`. Since 0.1.
 *
 * Safety:
 * Any value of `job` is safe.
 */
SEGUE_API
segue_status segue_job_wait(struct segue_job *job,
                            uint32_t timeout_ms);

/**
 * Tells how far a job is. `[thread-safe]`
 *
 * Ownership: `out_progress` is the caller's, with its `struct_size` set.
 * Errors: `STALE_HANDLE`, `NULL_POINTER`, `STRUCT_SIZE`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_progress` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_job_get_progress(struct segue_job *job,
                                    struct segue_job_progress *out_progress);

/**
 * Asks a job to end. It ends soon after, with `CANCELLED` as its result, or with what it had
 * finished just then. `[thread-safe]`
 *
 * Ownership: the caller keeps the job.
 * Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. A job that is over is no error. Since 0.1.
 *
 * Safety:
 * Any value of `job` is safe.
 */
SEGUE_API segue_status segue_job_cancel(struct segue_job *job);

/**
 * What a job has made: a document of UTF-8 JSON, as the function that started it says. Can be
 * taken more than once. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NOTHING` while it runs; else the status the job ended with, with its text
 * as the last error; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_job_get_result(struct segue_job *job,
                                  struct segue_buffer *out_document);

/**
 * Cancels a job if it runs, waits up to 10 s for its end, and frees it. `[thread-safe]`
 *
 * Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
 * Errors: `BUSY` when it does not end in time: it lives on, try again; `STALE_HANDLE`. Since 0.1.
 *
 * Safety:
 * Any value of `job` is safe.
 */
SEGUE_API segue_status segue_job_destroy(struct segue_job *job);

/**
 * The number of the ABI this library has; compare it with `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * Ownership: none. Errors: none. Since 0.1.
 */
SEGUE_API
uint32_t segue_get_abi(void);

/**
 * The version of the library, as in `SEGUE_VERSION_MAJOR` and so on of the header it was built
 * with. Each pointer may be NULL. `[thread-safe]`
 *
 * Ownership: the numbers are the caller's. Errors: none. Since 0.1.
 *
 * Safety:
 * Each pointer is NULL or a `uint32_t`.
 */
SEGUE_API segue_status segue_get_version(uint32_t *major, uint32_t *minor, uint32_t *patch);

/**
 * The name of a status without its prefix, such as `QUEUE_FULL`; `UNKNOWN` for a number that this
 * version does not know. Not NUL-terminated. `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `BUFFER_TOO_SMALL` (`length` says what is needed, nothing else was written),
 * `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_status_get_name(int32_t status,
                                   char *text,
                                   size_t capacity,
                                   size_t *length);

/**
 * The text of the last call on this thread that failed: which function, what was wrong, the
 * allowed values, the way out. Empty when none has failed. Not NUL-terminated. Functions of the
 * audio thread leave none. `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `BUFFER_TOO_SMALL` (`length` says what is needed, nothing else was written),
 * `NULL_POINTER`; these leave the last error as it was. Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API segue_status segue_error_get_text(char *text, size_t capacity, size_t *length);

/**
 * Forgets the last error of this thread. `[thread-safe]`
 *
 * Ownership: none. Errors: none. Since 0.1.
 */
SEGUE_API segue_status segue_error_clear(void);

/**
 * Every limit: first those of an engine, which its configuration may choose, then those of this
 * ABI. `[thread-safe]`
 *
 * Ownership: `limits` holds `capacity` structs of the caller, the first with its `struct_size`
 * set; NULL with 0 asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `NULL_POINTER`, `STRUCT_SIZE`. Since 0.1.
 *
 * Safety:
 * `limits` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_get_limits(struct segue_limit *limits,
                              size_t capacity,
                              size_t *length);

/**
 * Counts what lives, to find what was not destroyed. `[thread-safe]`
 *
 * Ownership: `out_counters` is the caller's, with its `struct_size` set.
 * Errors: `NULL_POINTER`, `STRUCT_SIZE`. Since 0.1.
 *
 * Safety:
 * `out_counters` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API segue_status segue_get_counters(struct segue_counters *out_counters);

/**
 * Opens the sockets of a live game, which an engine plays from then on. `[thread-safe]`
 *
 * `options` is a document of at most 64 MiB of UTF-8: a JSON object, or TOML when it does not begin with
 * `{`; NULL and 0 are all defaults. Its keys:
 * - `connectors` (in TOML `[[connector]]`): a list of objects with `name` (1 to 128 characters), `kind`
 *   (`web_socket_server`, `web_socket_client`, `line_server`, `line_client`, `osc_server`), `bind` (servers:
 *   `"127.0.0.1:39470"`; port 0 takes a free one), `connect` (clients: `"ws://host:port/path"` or
 *   `"host:port"`), `origins` (pages that may connect besides those of this machine), `osc_allow` (machines
 *   that may send OSC), `token` (the secret, 1 to 256 bytes; servers that other machines can reach need
 *   one) or `token_file` (its first line), `latency_ms` (0..=500; default: heard at once), `rate_max_per_s`
 *   (1 or more; 1000), `reconnect` (of clients: `base_ms`, `factor`, `cap_ms`, `jitter`, `max_retries`,
 *   `reset_after_stable_ms`; docs/ingest.md). At most 64. Default: a WebSocket server `ws` on
 *   127.0.0.1:39470, a server of JSON lines `tcp` on 39471 and OSC `osc` on 39472.
 * - `adapter`: what messages mean, the text of an adapter (TOML, docs/ingest.md); default: Segue's own
 *   words.
 * - `trace`: file that records everything; default: none.
 * - `trace_exists`: when that file is there already: `fail` (the default: it stays) or `overwrite`.
 * - `game_id`: what the connectors say of themselves, at most 128 characters; default `segue`.
 *
 * Ownership: the document stays the caller's. `out_live` becomes the caller's; `segue_live_destroy` ends
 * it. The engine stays the caller's and may be destroyed before.
 * Errors: `INVALID_DOCUMENT` for the options or the adapter, with line and column; `INVALID_ARGUMENT` for a
 * connector that cannot be, which is named; `SYSTEM` when a socket cannot be opened or the trace cannot be
 * written; `NOT_FOUND` for a `token_file` that is not there; `EXISTS` for a trace that is there already, a file
 * of the project, a device or pipe; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Then nothing is
 * open. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_live` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_live_start(struct segue_engine *engine,
                              const char *options,
                              size_t options_length,
                              struct segue_live **out_live);

/**
 * Another adapter takes over (its text, TOML, at most 64 MiB). `[thread-safe]`
 *
 * Ownership: the text stays the caller's.
 * Errors: `INVALID_DOCUMENT` with line and column: the one before goes on; `WRONG_ORDER` after
 * `segue_live_finish`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `adapter` is NULL or `adapter_length` bytes.
 */
SEGUE_API
segue_status segue_live_set_adapter(struct segue_live *live,
                                    const char *adapter,
                                    size_t adapter_length);

/**
 * Asks every game that is connected, but not over OSC, for something: `name` is one of the commands of docs/ingest.md
 * (`pause`, `resume`, `play_spin`, `get_state`, `custom` and others), `args` their arguments, a JSON object; `(NULL, 0)`
 * is none. Each game that is asked is a notice `command` (`src`, `command_id`, `name`), and within 5 s its answer a notice
 * `ack` (the same with `success`, `error` and `data`), whose `error` is `timeout` where it did not answer:
 * `segue_live_take_notices` gives them. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes, `args` at most 65,000 bytes, also as they are sent.
 * Ownership: the texts stay the caller's.
 * Errors: `UNKNOWN_NAME` for a command that there is not; `INVALID_DOCUMENT` for `args` that are no object; `NOTHING` while
 * no game is connected; `QUEUE_FULL` when a connector has 64 that wait: the others were asked; `WRONG_ORDER` after
 * `segue_live_finish`; `INVALID_ARGUMENT` for an empty name, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says.
 */
SEGUE_API
segue_status segue_live_command(struct segue_live *live,
                                const char *name,
                                size_t name_length,
                                const char *args,
                                size_t args_length);

/**
 * What has happened since the last call, oldest first, as a JSON object: `notices`, a list of objects with
 * `type` (`listening` with its `address`, `opened`, `closed`, `connection`, `stage`, `rtpc`, `refused`, `late`,
 * `gap`, `fsm_violation`, `command` and `ack` of `segue_live_command`, and others; docs/ingest.md) and `t_smp`, where they have a frame. Take them now and
 * then: 4,096 wait, more are lost and counted. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `WRONG_ORDER` after `segue_live_finish`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_live_take_notices(struct segue_live *live,
                                     struct segue_buffer *out_document);

/**
 * How a live game stands, as a JSON object: `adapter` (its name), `connectors` (a list of `name` and
 * `is_osc`), `game` (what happened so far: messages, stages, conversations, what was refused, late or lost),
 * `coverage` (what the adapter has seen and made, as in `segue ingest coverage --json`), `is_left` (games
 * were there and have all gone). `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `WRONG_ORDER` after `segue_live_finish`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_live_get_report(struct segue_live *live,
                                   struct segue_buffer *out_document);

/**
 * Closes every socket, ends their thread, and completes the trace. What stages have begun goes on:
 * `segue_stages_end` ends it. Where a name is still looked up, that holds it for 200 ms and the thread for longer:
 * `segue_live_destroy` waits for it. The document is a JSON object: `frames`, `game`, `coverage`, as
 * `segue_live_get_report` has them. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it. The handle can only be
 * destroyed then.
 * Errors: `SYSTEM` when the trace cannot be written: it is closed all the same; `WRONG_ORDER` the second
 * time; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_live_finish(struct segue_live *live,
                               struct segue_buffer *out_document);

/**
 * Ends a live game, as `segue_live_finish` does unless that was done: when it has no socket is open
 * and no thread is left. `[thread-safe]`, not the audio thread
 *
 * Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
 * Errors: `SYSTEM` when the trace cannot be written: it is ended all the same; `STALE_HANDLE`, `BUSY` when
 * calls on other threads do not leave within 10 s, or the system is still looking up the name of a host, which cannot be
 * called off: then it is finished, its handle lives on, and it can be destroyed again. Since 0.1.
 *
 * Safety:
 * Any value of `live` is safe.
 */
SEGUE_API
segue_status segue_live_destroy(struct segue_live *live);

/**
 * Checks the text of an adapter (TOML, docs/ingest.md). The document is a JSON object: `adapter_id`.
 * `[thread-safe]`
 *
 * Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free`
 * frees it.
 * Errors: `INVALID_DOCUMENT` with line and column, or the field; `LIMIT_EXCEEDED` above 64 MiB,
 * `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `adapter` is NULL or `adapter_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
 * something is lost, not freed.
 */
SEGUE_API
segue_status segue_adapter_check(const char *adapter,
                                 size_t adapter_length,
                                 struct segue_buffer *out_document);

/**
 * Proposes an adapter from recorded messages, as `segue ingest wizard` does, with how sure each part is.
 * `samples` is JSON, one message a line, or a trace; at most 64 MiB. Of more than 10,000 messages a part is
 * looked at. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `adapter_id`: the name of the new adapter, 1 to 128 characters; default `proposed`.
 * - `current`: the text of the adapter that is there: what a person wrote is kept; default: none.
 * - `seed`: chooses which messages are looked at, a number or a text of digits; default 1.
 *
 * The job's document is a JSON object: `messages`, `looked_at`, `refused_lines` (how many), `list` (where
 * the events stand in a message, or null), `fields` (a list of `purpose`, `path`, `in`, `confidence`,
 * `name_match`, `type_share`, `test_share`, `proposed`, `example`), `events` (a list of `name`, `stage`,
 * `confidence`, `count`), `warnings`, `coverage`, `toml` (the adapter), `diff` (to `current`, or null).
 * Cancelled, it stops while the messages are read; the rest of the work, on 10,000 of them, ends by itself.
 *
 * Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options; the job says `INVALID_DOCUMENT` when there are
 * no messages, nothing in them looks like a game, or `current` is no adapter; `LIMIT_EXCEEDED`,
 * `INVALID_ARGUMENT`, `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `samples` is NULL or `samples_length` bytes, `options` NULL or `options_length` bytes; `out_job` is NULL or
 * a pointer.
 */
SEGUE_API
segue_status segue_adapter_propose(uint32_t abi,
                                   const char *samples,
                                   size_t samples_length,
                                   const char *options,
                                   size_t options_length,
                                   struct segue_job **out_job);

/**
 * Compares what two recordings of live games did, as `segue ingest diff` does: calls that are added, missing, or moved by
 * more than a frame; whose they are does not count. `first_path` and `second_path` are files (the `trace` of
 * `segue_live_start`). `abi` is `SEGUE_ABI` of the header. The job's document is a JSON object: `equal`, `count`, `differences`
 * (the first 10,000: a list of `what`: `added`, `missing` or `moved`, their frames, and `call`). It counts calls that
 * were read. `[thread-safe]`
 *
 * Sizes: `first_path` at most 4,096 bytes, `second_path` at most 4,096 bytes.
 * Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT`; the job says `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`,
 * `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_trace_compare(uint32_t abi,
                                 const char *first_path,
                                 size_t first_path_length,
                                 const char *second_path,
                                 size_t second_path_length,
                                 struct segue_job **out_job);

/**
 * Tells what an adapter makes of the recording of a live game, as `segue ingest coverage` does. `path` is the
 * recording, `adapter` the text of the adapter (TOML; empty: Segue's own words only); `project` may be NULL, its bindings are
 * compared with what was produced where it is not. The job's document is a JSON object: `coverage` (the share of mapped
 * messages, 0 to 1), `messages`, `mapped`, `unmapped`, `never_seen`, `stages`, `bound_never_produced`,
 * `produced_without_audio` and others, as `segue_live_get_report` has them, and
 * `other_project`: the hash of the project that it was recorded with, where that was another one, or null. It counts rows.
 * `[thread-safe]`
 *
 * Sizes: `path` at most 4,096 bytes, `adapter` at most 64 MiB.
 * Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * The project may be destroyed meanwhile.
 * Errors: `INVALID_DOCUMENT` for the adapter, with line and column; `INVALID_ARGUMENT`; the job says `NOT_FOUND`,
 * `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_adapter_cover(struct segue_project *project,
                                 const char *path,
                                 size_t path_length,
                                 const char *adapter,
                                 size_t adapter_length,
                                 struct segue_job **out_job);

/**
 * Frees what a buffer holds and clears it, so that freeing it twice does nothing. `[thread-safe]`
 *
 * Ownership: the bytes are gone; the struct itself stays the caller's. NULL is allowed.
 * Errors: none. Since 0.1.
 *
 * Safety:
 * `buffer` is NULL, or holds what the library has put there, unchanged and not copied elsewhere to
 * be freed again.
 */
SEGUE_API segue_status segue_buffer_free(struct segue_buffer *buffer);

/**
 * Reads the levels of a bus, of which every engine handle has one reader: peaks and clips are those since
 * its last look. Takes no lock. `[thread-safe]`
 *
 * Ownership: `out_levels` is the caller's, with its `struct_size` set.
 * Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_levels` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_bus_take_levels(struct segue_engine *engine,
                                   uint64_t bus,
                                   struct segue_levels *out_levels);

/**
 * Measures what a bus puts out from now on, away from the audio thread: loudness, true peak, needles, a
 * spectrum. `options` may be NULL. `[thread-safe]`
 *
 * Ownership: `out_analyser` is the caller's; `segue_analyser_remove` ends it, at the latest the engine's end.
 * Errors: `STALE_ID`, `LIMIT_EXCEEDED` while 256 buses are analysed, `INVALID_ARGUMENT` for
 * the options, `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or a struct of `struct_size` bytes; `out_analyser` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_analyser_add(struct segue_engine *engine,
                                uint64_t bus,
                                const struct segue_spectrum_options *options,
                                uint64_t *out_analyser);

/**
 * Measures what has arrived and reads it. Call it at least every two seconds. `[thread-safe]`
 *
 * Ownership: `out_analysis` is the caller's, with its `struct_size` set.
 * Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_analysis` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_analyser_get_analysis(struct segue_engine *engine,
                                         uint64_t analyser,
                                         struct segue_analysis *out_analysis);

/**
 * The newest spectrum of an analyser, in dB, bin by bin from 0 Hz to half the sample rate: size / 2 + 1 bins.
 * `[thread-safe]`
 *
 * Ownership: `bins` holds `capacity` floats of the caller; NULL with 0 asks for the length only.
 * Errors: `NOTHING` before the first window is full, `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `bins` is NULL or `capacity` floats; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_analyser_get_spectrum(struct segue_engine *engine,
                                         uint64_t analyser,
                                         float *bins,
                                         size_t capacity,
                                         size_t *length);

/**
 * Forgets what an analyser has measured: a new programme begins. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_analyser_reset(struct segue_engine *engine, uint64_t analyser);

/**
 * Leaves what is rendered from now on out of integrated loudness and loudness range (`on` 1), or goes on with it (0);
 * everything else is measured meanwhile. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_analyser_pause(struct segue_engine *engine,
                                  uint64_t analyser,
                                  uint32_t on);

/**
 * Ends an analyser. `[thread-safe]`
 *
 * Ownership: the id is stale afterwards.
 * Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_analyser_remove(struct segue_engine *engine, uint64_t analyser);

/**
 * Switches the profiler on (`on` 1) or off (0). `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API segue_status segue_profiler_enable(struct segue_engine *engine, uint32_t on);

/**
 * How long blocks take: a row for the whole block of each thread (`SEGUE_STAGE_TOTAL`), and one for each
 * stage of the audio thread and each bus (`SEGUE_STAGE_BUS`); all 0 before the profiler was on. `[thread-safe]`
 *
 * Ownership: `rows` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `rows` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_profiler_get_rows(struct segue_engine *engine,
                                     struct segue_profile_row *rows,
                                     size_t capacity,
                                     size_t *length);

/**
 * The bus of this name; `master` is always there. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_bus` is the caller's.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_bus` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_bus_find(struct segue_engine *engine,
                            const char *name,
                            size_t name_length,
                            uint64_t *out_bus);

/**
 * The name of a bus, not NUL-terminated. `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_bus_get_name(struct segue_engine *engine,
                                uint64_t bus,
                                char *text,
                                size_t capacity,
                                size_t *length);

/**
 * Every bus, the master first, with the edits that were not committed yet. `[thread-safe]`
 *
 * Ownership: `buses` holds `capacity` structs of the caller, the first with its `struct_size` set;
 * NULL with 0 asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `buses` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_engine_get_buses(struct segue_engine *engine,
                                    struct segue_bus_info *buses,
                                    size_t capacity,
                                    size_t *length);

/**
 * One bus, as `segue_engine_get_buses` tells it. `[thread-safe]`
 *
 * Ownership: `out_info` is the caller's, with its `struct_size` set.
 * Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_info` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_bus_get_info(struct segue_engine *engine,
                                uint64_t bus,
                                struct segue_bus_info *out_info);

/**
 * The inserts of a bus in the order of the signal, with the edits that were not committed yet. `[thread-safe]`
 *
 * Ownership: `inserts` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL
 * with 0 asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `inserts` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_bus_get_inserts(struct segue_engine *engine,
                                   uint64_t bus,
                                   struct segue_insert_info *inserts,
                                   size_t capacity,
                                   size_t *length);

/**
 * The sends of a bus, with the edits that were not committed yet. `[thread-safe]`
 *
 * Ownership: `sends` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `sends` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_bus_get_sends(struct segue_engine *engine,
                                 uint64_t bus,
                                 struct segue_send_info *sends,
                                 size_t capacity,
                                 size_t *length);

/**
 * Adds a bus that plays into `output`. Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * `name` is unique, 1..=128 bytes.
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_bus` is the caller's; `segue_bus_remove` ends it.
 * Errors: `STALE_ID` for the output, `EXISTS` for a name that is taken, `INVALID_ARGUMENT` for one that is too long,
 * `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_bus` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_bus_add(struct segue_engine *engine,
                           const char *name,
                           size_t name_length,
                           uint64_t output,
                           uint64_t *out_bus);

/**
 * Removes a bus, not the master; what played into it plays into its output. Heard after
 * `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: the id is stale afterwards, and so are those of its inserts and sends.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for the master, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_bus_remove(struct segue_engine *engine, uint64_t bus);

/**
 * Plays a bus, not the master, into another one. Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for the master, and for a circle, which the text names,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_bus_set_output(struct segue_engine *engine,
                                  uint64_t bus,
                                  uint64_t output);

/**
 * Moves a control of a bus (`SEGUE_BUS_...`), reached after `ramp_s` seconds, 0..=3600. Allocates
 * nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT` for an unknown control or a value, `STALE_ID`, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_bus_set(struct segue_engine *engine,
                           uint64_t bus,
                           int32_t control,
                           float value,
                           double ramp_s,
                           uint64_t at);

/**
 * The send from one bus to another in the project. `[thread-safe]`
 *
 * Sizes: `from` at most 1,024 bytes, `to` at most 1,024 bytes.
 * Ownership: `out_send` is the caller's.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `from` and `to` are NULL or as many bytes as their lengths say; `out_send` is NULL or a
 * `uint64_t`.
 */
SEGUE_API
segue_status segue_send_find(struct segue_engine *engine,
                             const char *from,
                             size_t from_length,
                             const char *to,
                             size_t to_length,
                             uint64_t *out_send);

/**
 * Adds a send with a gain in decibels (at most 24), before the fader (`pre_fader` 1) or after it (0).
 * Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: `out_send` is the caller's; `segue_send_remove` ends it.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT`, also for a circle, which the text names,
 * `LIMIT_EXCEEDED` above `segue_engine_config.sends` (at most 16 a bus), `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_send` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_send_add(struct segue_engine *engine,
                            uint64_t from,
                            uint64_t to,
                            float gain_db,
                            uint32_t pre_fader,
                            uint64_t *out_send);

/**
 * Removes a send. Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: the id is stale afterwards.
 * Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_send_remove(struct segue_engine *engine, uint64_t send);

/**
 * Moves the gain of a send, in decibels, at most 24; -96 and below is silent. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_send_set_gain(struct segue_engine *engine,
                                 uint64_t send,
                                 float gain_db,
                                 uint64_t at);

/**
 * Lets a bus have at most `frames` frames of latency, from a voice to its output (`enabled` 1), or any (0: `frames` does
 * not count): as `max_latency` of a project. Counts from the next `segue_mixer_commit`, which is refused while the mixer
 * has more. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT` for `enabled`, `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_bus_set_max_latency(struct segue_engine *engine,
                                       uint64_t bus,
                                       uint32_t enabled,
                                       uint32_t frames);

/**
 * Brings all edits since the last commit to the audio thread, without a click: what goes fades out,
 * what comes fades in, nothing else is touched. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `BUSY` while two commits are still under way: try again after the next block and
 * `segue_engine_update`; `QUEUE_FULL`, `INVALID_DOCUMENT` also for a bus that has more latency than it may have, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value of `engine` is safe.
 */
SEGUE_API
segue_status segue_mixer_commit(struct segue_engine *engine);

/**
 * Every kind of insert with its parameters, as JSON: a list of `kind`, `name`, and `params` with `id`,
 * `unit`, `min`, `max`, `default`, `structural` (only read when the insert is made). The place of a
 * parameter in its list is its number. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_get_insert_kinds(struct segue_buffer *out_document);

/**
 * The insert of this name on a bus of the project. `[thread-safe]`
 *
 * Sizes: `bus_name` at most 1,024 bytes, `name` at most 1,024 bytes.
 * Ownership: `out_insert` is the caller's.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `bus_name` and `name` are NULL or as many bytes as their lengths say; `out_insert` is NULL or
 * a `uint64_t`.
 */
SEGUE_API
segue_status segue_insert_find(struct segue_engine *engine,
                               const char *bus_name,
                               size_t bus_name_length,
                               const char *name,
                               size_t name_length,
                               uint64_t *out_insert);

/**
 * Adds an insert of a kind (`segue_get_insert_kinds`) at a place in the chain of a bus, 0 first, with a
 * preset of that kind (`segue_get_insert_presets`), or with its defaults (NULL and 0). Heard after
 * `segue_mixer_commit`. `[thread-safe]`
 *
 * Sizes: `kind` at most 1,024 bytes, `preset` at most 1,024 bytes.
 * Ownership: `out_insert` is the caller's; `segue_insert_remove` ends it.
 * Errors: `STALE_ID` for the bus, `UNKNOWN_NAME` for the kind or the preset, `INVALID_ARGUMENT` for the place,
 * `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `kind` is NULL or `kind_length` bytes, `preset` NULL or `preset_length` bytes; `out_insert` is NULL or a
 * `uint64_t`.
 */
SEGUE_API
segue_status segue_insert_add(struct segue_engine *engine,
                              uint64_t bus,
                              uint32_t position,
                              const char *kind,
                              size_t kind_length,
                              const char *preset,
                              size_t preset_length,
                              uint64_t *out_insert);

/**
 * Removes an insert. Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: the id is stale afterwards.
 * Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_insert_remove(struct segue_engine *engine, uint64_t insert);

/**
 * Moves an insert within its chain, 0 first. Heard after `segue_mixer_commit`. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for the place, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_insert_move(struct segue_engine *engine,
                               uint64_t insert,
                               uint32_t position);

/**
 * Keys an insert by another bus, or by its own signal (`key` 0). Heard after `segue_mixer_commit`.
 * `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for a circle, which the text names, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_insert_set_key(struct segue_engine *engine,
                                  uint64_t insert,
                                  uint64_t key);

/**
 * Sets a parameter of an insert by its number (`segue_get_insert_kinds`), in its unit. Allocates nothing.
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT` for the number or the value, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_insert_set_param(struct segue_engine *engine,
                                    uint64_t insert,
                                    uint32_t param,
                                    float value,
                                    uint64_t at);

/**
 * The parameters of an insert as they were last set, in their units, by their numbers
 * (`segue_get_insert_kinds`); also those that were set for a frame that is still to come, and without what
 * RTPCs add. `[thread-safe]`
 *
 * Ownership: `values` holds `capacity` floats of the caller; NULL with 0 asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `values` is NULL or `capacity` floats; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_insert_get_params(struct segue_engine *engine,
                                     uint64_t insert,
                                     float *values,
                                     size_t capacity,
                                     size_t *length);

/**
 * Sets every parameter of an insert to what a preset of its kind says (`segue_get_insert_presets`), or to its
 * default; mix and bypass stay. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Sizes: `preset` at most 1,024 bytes.
 * Ownership: the text stays the caller's.
 * Errors: `STALE_ID`, `UNKNOWN_NAME` for the preset, with the nearest one, `INVALID_ARGUMENT` when it needs
 * another value of a `structural` parameter: add a new insert with the preset; `QUEUE_FULL` while there is no
 * room for all of them; then nothing has changed. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `preset` is NULL or `preset_length` bytes.
 */
SEGUE_API
segue_status segue_insert_apply_preset(struct segue_engine *engine,
                                       uint64_t insert,
                                       const char *preset,
                                       size_t preset_length,
                                       uint64_t at);

/**
 * Moves the wet share of an insert, 0 dry to 1 wet. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_ID`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_insert_set_mix(struct segue_engine *engine,
                                  uint64_t insert,
                                  float mix,
                                  uint64_t at);

/**
 * Bypasses an insert (`on` 1) without a click and without changing the latency, or not (0).
 * `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `STALE_ID`, `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_insert_set_bypass(struct segue_engine *engine,
                                     uint64_t insert,
                                     uint32_t on,
                                     uint64_t at);

/**
 * What an insert shows, as of the last 10 ms: the gain change of dynamics in dB, the correlation of what
 * stereo tools make (-1 to 1), and of others the level change from input to output in dB. Takes no lock.
 * `[thread-safe]`
 *
 * Ownership: `out_reading` is the caller's.
 * Errors: `STALE_ID` for an insert that is not heard (yet, or any more), `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_reading` is NULL or a `float`.
 */
SEGUE_API
segue_status segue_insert_get_reading(struct segue_engine *engine,
                                      uint64_t insert,
                                      float *out_reading);

/**
 * Every preset of every kind of insert, as JSON: a list of `kind` (as in `segue_get_insert_kinds`), `name` (what
 * `preset` says in `project.json`) and `params`, an object of values by the id of their parameter; those that
 * it does not name have their default. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_get_insert_presets(struct segue_buffer *out_document);

/**
 * The parameters of an insert as they were last set, as a preset to be kept: a JSON object of `kind` and `params`,
 * an object of values by the id of their parameter. Mix and bypass are no part of it. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_insert_get_preset(struct segue_engine *engine,
                                     uint64_t insert,
                                     struct segue_buffer *out_document);

/**
 * Sets every parameter of an insert to what a preset of one's own says (`segue_insert_get_preset`), or to its
 * default. Mix and bypass stay. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Sizes: `json` at most 64 MiB.
 * Ownership: the text stays the caller's.
 * Errors: `STALE_ID`, `INVALID_DOCUMENT` for what is no preset or one of another kind, `UNKNOWN_NAME` for a parameter,
 * `INVALID_ARGUMENT` for a value, or when it needs another value of a parameter that is only read when the
 * insert is made, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Nothing
 * has changed then. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes.
 */
SEGUE_API
segue_status segue_insert_set_preset(struct segue_engine *engine,
                                     uint64_t insert,
                                     const char *json,
                                     size_t json_length,
                                     uint64_t at);

/**
 * The name of an insert on its bus, for `segue_insert_find`; empty for one that
 * was added with `segue_insert_add`. Not NUL-terminated. `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_insert_get_name(struct segue_engine *engine,
                                   uint64_t insert,
                                   char *text,
                                   size_t capacity,
                                   size_t *length);

/**
 * Does many jobs as `segue batch` does. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8) with:
 * - `jobs`: a list of at most 100000 objects with `input`, `output`, `group` (jobs of one name share
 *   one gain) and the words of `segue_convert`; or `manifest`: the path of
 *   a file with such an object a line, whose paths start from its folder. One of them is needed. In an
 *   output, `{hash}` stands for a hash of the input's bytes and the settings.
 * - `shard`: do only every n-th job, from the i-th, as `"i/n"`; default `"1/1"`.
 * - `workers`: files done at a time, 1..=64; default: as many as there are processors.
 * - `journal`: file that notes what was done, so that a job that was cancelled goes on where it was;
 *   default: beside the manifest, none for a list. `no_journal`: do everything again, and note
 *   nothing; default false.
 *
 * The job's document is that of `segue_convert`, with rows for the jobs
 * of the shard.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
 * `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `INVALID_DOCUMENT` with the line of a manifest, `WRONG_FILE`, `DAMAGED`,
 * `INVALID_ARGUMENT` also for a result over the manifest, a chain, a project or an impulse response that is used,
 * `NOT_FOUND`, `CANCELLED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_batch(uint32_t abi,
                         const char *options,
                         size_t options_length,
                         struct segue_job **out_job);

/**
 * Converts audio files as `segue convert` does. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8) with:
 * - `inputs`: paths, 1..=100000 of them.
 * - `output`: the file to write, for one input; or `to`: the folder to write to, with the names of
 *   the inputs. One of them is needed.
 * - `group`: one gain for all files, as for an album; default false.
 * - `workers`: files done at a time, 1..=64; default: as many as there are processors.
 *
 * and any of these, which are described in docs/offline.md:
 * - `format`: `"wav"`, `"bw64"`, `"aiff"`, `"flac"`, `"ogg"`, `"opus"`, `"mp3"`, `"m4a"`, `"aac"`; default: from
 *   the output's name. `bits`: `"8"`, `"16"`, `"24"`, `"32"`, `"32f"`, `"64f"`; default: the input's, at least 16.
 *   `quality`: FLAC 0..=8 (5), Ogg Vorbis -1..=10 (6), MP3 0..=9. `bitrate`: kbit/s. `rate`: Hz, 8000..=384000.
 *   `resampler`: `"offline"` (default), `"stream"`, only with a new rate. `precision`: `"single"` (default),
 *   `"best"`, which computes in 64 bits. `dither`: `"tpdf"` (default), `"none"`, `"rectangular"`, `"shaped"`.
 * - `channels`: `"keep"` (default), `"mono"`, `"left"`, `"right"`, `"mid"`, `"side"`, `"stereo"`.
 *   `start`, `end`: seconds. `trim`: dBFS below which silence is cut off both ends; `trim_keep`:
 *   seconds of it that stay. `remove_dc`. `fade_in`, `fade_out`: seconds.
 * - `chain`: inserts, as `{"inserts": [{"kind", "preset", "params", "mix", "bypass", "ir"}]}` or the path of a
 *   file with that; `ir` is the audio file that a convolution needs, from the folder of that file; or `project`
 *   and `bus`, whose inserts are taken. `tempo`: beats a minute for them. `tail`: `"auto"` (default), `"none"`, or
 *   seconds as a text.
 * - `profile`: a target by name (`"ebu-r128"`, `"stream"`, ...); `target`: LUFS, -100..=20; `mode`: `"lufs"`
 *   (default), `"max_m"`, `"max_s"`, `"rms"`, `"peak"`, `"true_peak"`, `"dr"`, whose target is a dynamic range of
 *   0..=40 dB; `ceiling`: dBTP (-1); `no_ceiling`; `over`: `"reduce"` (default), `"limit"`, `"fail"`;
 *   `max_limiting`: dB; `loop`.
 * - `tags`: a list of `"NAME=Text"`; `drop_tags`; `replay_gain`; `bext`.
 * - `exists`: `"fail"` (default), `"overwrite"`, `"suffix"`; `allow_truncated`; `sanitize`; `conceal`;
 *   `no_verify`.
 *
 * The job's document is a JSON object: `jobs` (how many), `failed` (how many), `rows`, a list with a row for each
 * file: `index`, `input`, `output`, `status` (`"done"`, ...), `source`, `format`, `bytes`, what
 * `segue_measure` says, `measure`, `slope` (dB out for a dB in of mode `dr`, else
 * 1), `gain_db`, `limiter_db`, `rule`, `result_level`, `result_true_peak_dbtp`, `clips`, `dc`, `silence_frames`,
 * `flags`, `codec_delay`, `is_copy`, `warnings`, `input_hash`, `settings_hash`, `output_hash`; or `index`,
 * `input`, `output`, `status` `"failed"` and `error`, which is no error of the job. It counts files, 1,000 steps
 * each. A job that was cancelled leaves the files that were done, and no part of another.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options or the chain, with line and column, `INVALID_ARGUMENT` for a
 * value, `NOT_FOUND`, `WRONG_FILE`, `DAMAGED` for a chain or impulse response that is named, `LIMIT_EXCEEDED`,
 * `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `CANCELLED`, `UNKNOWN_NAME` for a bus of
 * the project, `INVALID_ARGUMENT` also for two results of
 * one name, or one over a chain, a project or an impulse response that is used. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_convert(uint32_t abi,
                           const char *options,
                           size_t options_length,
                           struct segue_job **out_job);

/**
 * Brings audio files to a loudness as `segue normalize` does: `segue_convert` with a `profile` or a
 * `target`, which must be given. `[thread-safe]`
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: as `segue_convert`.
 * Errors: as `segue_convert`; `INVALID_ARGUMENT` without a target. Since 0.1.
 *
 * Safety:
 * As `segue_convert`.
 */
SEGUE_API
segue_status segue_normalize(uint32_t abi,
                             const char *options,
                             size_t options_length,
                             struct segue_job **out_job);

/**
 * Tells what the file or folder at `path` is, as `segue info` does: an audio file, a project with its audio files, a
 * packed one, or a session log. `check` 1 decodes every audio file to its end to see whether it is whole; 0 looks at
 * headers only. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * The job's document is a JSON object with the keys of `segue info --json`. `kind` says which:
 * - `audio`: `path`, `bytes`, `container`, `codec`, `sample_rate` (Hz), `channels`, `frames` and `seconds` (null if only
 *   decoding tells), `loops` (a list of `start`, `end`, `count`), `check` (null, or `peak_db`, null for silence, and
 *   `warnings`).
 * - `project`: `path`, `name`, `author`, `description`, `licence`, `seed` (a text), `sample_rate`, `tempo_bpm`,
 *   `length_beats`, `assets` (a list of `id`, `file`, and `audio`, or `error` for one that cannot be used, which is no error
 *   of the job), `buses`, `sounds` (ids), `clips`, `notes` (how many), `warnings`, `container` (null, or `bytes`,
 *   `version`, `created_with`, `tags`, `unknown`).
 * - `session_log`: `path`, `bytes`, `version`, `project`, `project_path`, `sample_rate`, `seed` (a text), `max_block`,
 *   `engine_version`, `rows`, `complete`, `frames` (null for one that was cut short).
 *
 * It counts frames of the file that is decoded.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT` for `check`; the job says `NOT_FOUND`, `WRONG_FILE` (also for a device or
 * pipe), `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
 * `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_inspect(uint32_t abi,
                           const char *path,
                           size_t path_length,
                           uint32_t check,
                           struct segue_job **out_job);

/**
 * Measures audio files as `segue measure` does (BS.1770-5, EBU R 128, DR). `abi` is `SEGUE_ABI` of
 * the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8) with:
 * - `files`: paths, 1..=100000 of them.
 * - `plot`: file for a picture of loudness over time, `.svg` or `.png`; for one file; default: none.
 * - `width`, `height`: of the picture in pixels, 100..=16384 and 60..=16384; default 1000 and 400.
 * - `allow_truncated`: take what is there of files that were cut; default false.
 *
 * The job's document is a JSON object: `files` (how many), `failed` (how many), `rows`, a list with
 * a row for each file: `file`, `sample_rate` (Hz), `channels`, `seconds`, `lufs_i`, `lufs_m_max`,
 * `lufs_s_max` (LUFS), `lra` (LU), `true_peak_dbtp`, `sample_peak_dbfs` (null for silence), `dr`,
 * `warnings` (texts); or `file`, `error` for one that cannot be measured, which is no error of the
 * job. It counts files, 1,000 steps each.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
 * `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `CANCELLED`, and `SYSTEM`,
 * `NOT_FOUND` (its folder), `WRONG_FILE` (a device or pipe) or `INVALID_ARGUMENT` for the picture. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_measure(uint32_t abi,
                           const char *options,
                           size_t options_length,
                           struct segue_job **out_job);

/**
 * Makes an overview of an audio file as `segue waveform` does: minimum, maximum and RMS at several
 * scales, in the format of docs/formats.md. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8) with:
 * - `file`: the path of the audio file. Needed.
 * - `output`: the overview to write; default: the file's name with `.wave`.
 * - `png`: also draw it to this file; default: none.
 * - `width`, `height`: of the picture in pixels, 100..=16384 and 60..=16384; default 1600 and 300.
 *
 * The job's document is a JSON object: `path`, `bytes`, `sample_rate` (Hz), `channels`, `frames`,
 * `frames_per_bin` (a list, one a level). It counts frames.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`,
 * `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`; the job says `NOT_FOUND`, `WRONG_FILE`, `DAMAGED`,
 * `SYSTEM`, `CANCELLED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_waveform(uint32_t abi,
                            const char *options,
                            size_t options_length,
                            struct segue_job **out_job);

/**
 * Opens a project: a folder, its `project.json`, or a packed `.segue` file. Audio files are looked
 * for, not read; those of a packed file are unpacked into a private folder of the system's for temporary files (`TMPDIR`),
 * which goes when nothing needs the project any more. `[thread-safe]`
 *
 * `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: `out_project` becomes the caller's; `segue_project_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `NULL_POINTER`, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `INVALID_ARGUMENT`,
 * `NOT_FOUND`, also for a folder for temporary files that is not there, `WRONG_FILE`, `NEWER_VERSION`, `DAMAGED`,
 * `INVALID_DOCUMENT`, `SYSTEM`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes; `out_project` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_open(uint32_t abi,
                                const char *path,
                                size_t path_length,
                                struct segue_project **out_project);

/**
 * Opens a packed project that is in memory, at most 64 MiB. Its audio files are put into a private
 * temporary folder. `[thread-safe]`
 *
 * Ownership: the bytes stay the caller's and are not needed afterwards. `out_project` becomes
 * the caller's; `segue_project_destroy` ends it.
 * Errors: as `segue_project_open`. Since 0.1.
 *
 * Safety:
 * `data` is NULL or `data_length` bytes; `out_project` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_open_memory(uint32_t abi,
                                       const uint8_t *data,
                                       size_t data_length,
                                       struct segue_project **out_project);

/**
 * Closes a project. Engines and jobs that use it keep what they need. `[thread-safe]`
 *
 * Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
 * Errors: `STALE_HANDLE`, `BUSY` when calls on other threads do not leave within 10 s. Since 0.1.
 *
 * Safety:
 * Any value of `project` is safe.
 */
SEGUE_API segue_status segue_project_destroy(struct segue_project *project);

/**
 * Looks for what is missing, unused, unreachable or out of range in a project; its audio files are
 * read. The job's document is a JSON object: `clean`, and `findings`, a list of `kind` (as in
 * `segue check`: `missing_asset`, `unused_sound`, `loop_without_stop`, ...), `path` (the place in
 * `file`), `file`, `line` and `column` (null without one) and `message`. It counts audio files. `[thread-safe]`
 *
 * Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The project stays the
 * caller's and may be destroyed at any time.
 * Errors: the job says `INVALID_DOCUMENT` for what cannot be built at all, `CANCELLED`;
 * `LIMIT_EXCEEDED` above 64 jobs, `SYSTEM`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_check(struct segue_project *project,
                                 struct segue_job **out_job);

/**
 * Puts the stages of the recording of a live game (`path`, the `trace` of
 * `segue_live_start`) as a clip on the timeline of a project, which the
 * transport plays (`interactive.stages.clips`, docs/ingest.md), as `segue ingest clip` does. The project is changed as by
 * `segue_project_set_json`: save it to keep it, load it to hear it. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `at`: where it begins, in quarter notes; default 0.
 * - `name`: what it is called; default: the name of the file.
 * - `from`: what comes before this second of the recording is left out; default 0.
 * - `length`: what comes so many seconds later is left out; default: nothing.
 *
 * The job's document is a JSON object: `clip` (its name), `stages` (how many), `seconds`, `at_beats`, `left_out` (calls
 * that are no stages).
 *
 * Sizes: `path` at most 4,096 bytes, `options` at most 64 MiB.
 * Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it. The
 * project stays the caller's.
 * Errors: `INVALID_DOCUMENT` for the options; `INVALID_ARGUMENT`; the job says `EXISTS` for a name that the project has,
 * `INVALID_ARGUMENT` for a part without stages, or with more than 10,000, `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`,
 * `DAMAGED`, `INVALID_DOCUMENT` for numbers that a project cannot have, `STALE_HANDLE` when the project is gone meanwhile,
 * `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_add_clip(struct segue_project *project,
                                    const char *path,
                                    size_t path_length,
                                    const char *options,
                                    size_t options_length,
                                    struct segue_job **out_job);

/**
 * The project's document as UTF-8 JSON, as it would be written to `project.json`. Keys that this
 * version does not know are in it. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_DOCUMENT` when it cannot be written, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_project_get_json(struct segue_project *project,
                                    struct segue_buffer *out_document);

/**
 * Replaces the project's document as a whole, at most 16 MiB (16,777,216 bytes) of UTF-8 JSON, checked as on
 * opening; its audio files are looked for again in the same place. Nothing is written to the disk
 * (`segue_project_save` does) and engines go on with what they
 * have loaded. `[thread-safe]`
 *
 * Ownership: the text stays the caller's.
 * Errors: `INVALID_DOCUMENT`, whose text names path and place of the first problem, `NEWER_VERSION`,
 * `WRONG_FILE`; then the document is as before. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes.
 */
SEGUE_API
segue_status segue_project_set_json(struct segue_project *project,
                                    const char *json,
                                    size_t json_length);

/**
 * What is known of a project without reading its audio files, as a JSON object: `path`, `name`,
 * `author`, `description`, `licence`, `seed` (a text of digits), `sample_rate` (Hz or null),
 * `tempo_bpm`, `length_beats` (or null), `is_packed`, `buses`, `sounds` (their ids), `clips`,
 * `notes`, `events` (numbers), `assets` (a list of `id`, `file`, `bytes`, which is null when it is
 * missing), `missing` (a list of `id`, `file`, `reason`), `warnings` (texts). `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_project_get_info(struct segue_project *project,
                                    struct segue_buffer *out_document);

/**
 * Makes a playable project out of audio files, which are copied, as `segue new` does: long ones become music and
 * ambience, short ones one-shots, events play and stop all of them. The folder appears whole or not at all.
 * `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8) with:
 * - `folder`: the folder to make; it must be new or empty.
 * - `files`: audio files, or folders of them, 1..=100000 paths.
 * - `name`: of the project; default: that of the folder. `tempo`: quarter notes a minute, 1..=999; default 120.
 * - `long_seconds`: files of so many seconds and more are long; default 8.
 * - `rules`: what the names of files say, in place of the built-in rules: a list of objects with `match` (a regular
 *   expression), and `bus` or `group` (`variants` or `layers`).
 *
 * The job's document is a JSON object with the keys of `segue new --json`: `path`, `name`, `seconds`, `sounds` (a list of
 * `id`, `source`, `file`, `role`, `bus`, `seconds`, `note`, `at_beats`), `groups` (a list of `name`, `kind`, `sounds`,
 * `rtpc`), `events` (how many), `skipped` (a list of `path`, `reason`: files that cannot be used are no error of the job).
 * It counts files. `segue_project_open` opens the folder.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for no folder, no files, a rule that
 * cannot be; the job says `EXISTS` for a folder that is not empty, `WRONG_FILE` when no file can be used,
 * `INVALID_ARGUMENT` for the tempo, `NOT_FOUND`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`,
 * `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_make(uint32_t abi,
                                const char *options,
                                size_t options_length,
                                struct segue_job **out_job);

/**
 * The adaptive profile of a project as UTF-8 JSON (`"format": "segue.adaptive"`), as it would be written to a file of
 * its own. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NOTHING` when the project has none, `INVALID_DOCUMENT` when it cannot be written, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_project_get_profile(struct segue_project *project,
                                       struct segue_buffer *out_document);

/**
 * Gives a project another adaptive profile, at most 16 MiB (16,777,216 bytes) of UTF-8 JSON; `(NULL, 0)` takes it away. It
 * stands within the project's document from then on, where it may have named a file of its own before.
 * Nothing is written to the disk (`segue_project_save` does) and engines go on
 * with what they have loaded. `[thread-safe]`
 *
 * Ownership: the text stays the caller's.
 * Errors: `INVALID_DOCUMENT`, whose text names path and place of the first problem, `NEWER_VERSION`, `WRONG_FILE`; then
 * the project is as before. `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes.
 */
SEGUE_API
segue_status segue_project_set_profile(struct segue_project *project,
                                       const char *json,
                                       size_t json_length);

/**
 * Saves a project where it was opened: `project.json` of its folder (and `states.bin`), or the whole container, with
 * everything in it that this version does not know. A crash leaves the old file or the new one. The
 * job's document is a JSON object: `path`. `[thread-safe]`
 *
 * Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The project stays the
 * caller's and may be destroyed at any time.
 * Errors: `WRONG_ORDER` for a project that came from memory: use `segue_project_save_as`; the job
 * says `INVALID_DOCUMENT`, `LIMIT_EXCEEDED`, `NOT_FOUND` when the folder has gone, `WRONG_FILE` for a device or pipe,
 * `SYSTEM`, and then the file is as before; `LIMIT_EXCEEDED`
 * above 64 jobs, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_save(struct segue_project *project,
                                struct segue_job **out_job);

/**
 * Saves a copy of a project at `path`: a container if that ends in `.segue`, else a folder with
 * `project.json` and all audio files. A project or container that is there is replaced. The
 * handle stays where it was opened. The job's document is a JSON object: `path`, `missing` (audio
 * files that are not there: a list of `id`, `file`, `reason`). `[thread-safe]`
 *
 * `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: as `segue_project_save`.
 * Errors: the job says `EXISTS` when something else is there or audio files of the project itself would
 * be replaced, and else what `segue_project_save` says; `INVALID_UTF8`, `INVALID_ARGUMENT`,
 * `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_save_as(struct segue_project *project,
                                   const char *path,
                                   size_t path_length,
                                   struct segue_job **out_job);

/**
 * Packs a project, as it is open, into the container `path`, which ends in `.segue`; one that is
 * there is replaced. `flags` is 0 or `SEGUE_PACK_ALLOW_MISSING`. The job's document is a JSON
 * object: `path`, `bytes`, `assets` (how many are in it), `missing` (a list of `id`, `file`, `reason`).
 * `[thread-safe]`
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: as `segue_project_save`.
 * Errors: the job says `NOT_FOUND` when audio files are missing and that is not allowed, and else what
 * `segue_project_save_as` says; `INVALID_ARGUMENT` for flags or a path without `.segue`,
 * `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_pack(struct segue_project *project,
                                const char *path,
                                size_t path_length,
                                uint32_t flags,
                                struct segue_job **out_job);

/**
 * Puts copies of audio files where a project expects them. With an `asset` (its id) `path` is the file;
 * with an empty one it is a folder, which is searched, with those below it, for all files that are
 * missing. The project then knows them. The job's document is a JSON object: `found` (ids of assets),
 * `missing` (what still is: a list of `id`, `file`, `reason`). `[thread-safe]`
 *
 * Sizes: `asset` at most 1,024 bytes, `path` at most 4,096 bytes.
 * Ownership: as `segue_project_save`; both texts stay the caller's.
 * Errors: the job says `UNKNOWN_NAME` for the asset, `EXISTS` when its file is there, `NOT_FOUND` for
 * the file or folder, `WRONG_FILE` for a device or pipe, `SYSTEM`; `INVALID_UTF8`, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `asset` is NULL or `asset_length` bytes, `path` NULL or `path_length` bytes; `out_job` is NULL
 * or a pointer.
 */
SEGUE_API
segue_status segue_project_relocate(struct segue_project *project,
                                    const char *asset,
                                    size_t asset_length,
                                    const char *path,
                                    size_t path_length,
                                    struct segue_job **out_job);

/**
 * Stores a copy of a blob under a name, in the place of what is there. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes, `data` at most 16 MiB.
 * Ownership: name and bytes stay the caller's.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `INVALID_DOCUMENT` for a name that cannot be, `LIMIT_EXCEEDED` for a blob, a sum (64 MiB) or a number of them
 * (1,000) that is too large: everything is as before; `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes, `data` NULL or `data_length` bytes.
 */
SEGUE_API
segue_status segue_project_state_set(struct segue_project *project,
                                     const char *name,
                                     size_t name_length,
                                     const uint8_t *data,
                                     size_t data_length);

/**
 * A copy of the blob of a name. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_bytes` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_bytes` is NULL or a `segue_buffer`; one that holds
 * something is lost, not freed.
 */
SEGUE_API
segue_status segue_project_state_get(struct segue_project *project,
                                     const char *name,
                                     size_t name_length,
                                     struct segue_buffer *out_bytes);

/**
 * Takes the blob of a name out. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes.
 */
SEGUE_API
segue_status segue_project_state_remove(struct segue_project *project,
                                        const char *name,
                                        size_t name_length);

/**
 * The blobs of a project as a JSON object: `bytes` (all together), `states`, a list of `name` and `bytes`,
 * by name. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_project_get_states(struct segue_project *project,
                                      struct segue_buffer *out_document);

/**
 * Writes the blobs into a file of their own, with a checksum, as one atomic step, in the place of such a file.
 * `[thread-safe]`, blocks for at most 64 MiB
 *
 * `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: the text stays the caller's.
 * Errors: `EXISTS` when something else is there, `SYSTEM`: then the file is as before; `INVALID_UTF8`,
 * `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes.
 */
SEGUE_API
segue_status segue_project_states_write(struct segue_project *project,
                                        const char *path,
                                        size_t path_length);

/**
 * Replaces the blobs of a project by those of a file that `segue_project_states_write` has written, or of
 * a packed project. `[thread-safe]`, blocks for at most 100 MB
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: the text stays the caller's.
 * Errors: `NOT_FOUND`, `WRONG_FILE`, `DAMAGED`, `NEWER_VERSION`, `LIMIT_EXCEEDED` before it is read, `SYSTEM`:
 * then the project is as before; `INVALID_UTF8`, `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes.
 */
SEGUE_API
segue_status segue_project_states_read(struct segue_project *project,
                                       const char *path,
                                       size_t path_length);

/**
 * Unpacks the container `path` into the folder `folder_path`, which appears whole or not at all. `replace` 1
 * replaces a project that is there, with everything in it; no other folder is replaced. `abi` is `SEGUE_ABI` of
 * the header. The job's document is a JSON object: `path`, `bytes`, `assets` (how many), `warnings` (texts). One that
 * has begun to write is not stopped by `segue_job_cancel`. `[thread-safe]`
 *
 * Sizes: `path` at most 4,096 bytes, `folder_path` at most 4,096 bytes.
 * Ownership: the texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_ARGUMENT` for `replace`; the job says `NOT_FOUND`, `WRONG_FILE` for something that is
 * no container, `EXISTS` for a folder that may not be replaced, `NEWER_VERSION`, `DAMAGED`, `INVALID_DOCUMENT`, `SYSTEM`,
 * `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_project_unpack(uint32_t abi,
                                  const char *path,
                                  size_t path_length,
                                  const char *folder_path,
                                  size_t folder_path_length,
                                  uint32_t replace,
                                  struct segue_job **out_job);

/**
 * Renders a project to the stereo WAV file `path`, which appears when it is complete, in the
 * place of what was there. With a scene or the recording of a live game, its calls are carried out and the transport
 * stands until it runs it; else the transport runs from the start. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `seconds`: length, 0..=86400; default: the arrangement's, with a scene its own.
 * - `seed`: seed of everything random, a number or a text of digits; default: the project's.
 * - `rate`: Hz, 8000..=384000; default: the project's, else 48000.
 * - `block`: frames rendered at a time, 1..=65536, or `"random"`; default 512. The samples do not
 *   depend on it.
 * - `bits`: `"16"`, `"24"` (default), or `"32f"`, the engine's own samples.
 * - `log`: path of a session log to write, for `segue_replay`; default: none.
 * - `scene`: the text of a scene (docs/scene.md), at most 16 MiB; default: none.
 * - `trace`: file of the recording of a live game (the `trace` of
 *   `segue_live_start`), rendered to the bits that were heard as long as the project
 *   is the same: it has its own `seed` and `rate`, and its length where `seconds` is not given; default: none.
 * - `adapter`: text of an adapter (TOML) that says what the messages of `trace` mean, in place of what was made of them;
 *   default: none.
 * - `cache`: folder for decoded sounds; default: the user's.
 *
 * The job's document is a JSON object: `path`, `frames`, `sample_rate`, `seconds`,
 * `loudness_lufs`, `true_peak_dbtp`, `sample_peak_db` (null for silence), `clips`, `missing` (a list of
 * `id`, `file`, `reason`), `unread_frames`, `cut_short`, and with a scene or `trace` `calls`; with a `trace`
 * `cut_short` is true for one that broke off, `skipped_lines` counts what of it cannot be read, and `other_project` says
 * whether the project is another one than it was recorded with. It counts sounds first and frames then.
 *
 * Sizes: `path` at most 4,096 bytes, `options` at most 64 MiB.
 * Ownership: texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * The project stays the caller's and may be destroyed at any time.
 * Errors: `INVALID_DOCUMENT` for the options; `EXISTS` for a file of the project itself; `NOT_FOUND` for a folder that is
 * not there; `INVALID_ARGUMENT`; the job says `INVALID_DOCUMENT` with the line of a scene, or what cannot be built,
 * `WRONG_FILE` for a device or pipe and for what is no recording, `NOT_FOUND`, `NEWER_VERSION`, `DAMAGED` for a recording,
 * `EXISTS` for a `log` in the place of something else, `SYSTEM`, `CANCELLED`;
 * `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_render(struct segue_project *project,
                          const char *path,
                          size_t path_length,
                          const char *options,
                          size_t options_length,
                          struct segue_job **out_job);

/**
 * Renders a recorded session (`log_path`, a path) to the stereo WAV file `path`: the bits of the
 * session, the latency of its inserts left out, as long as `missing_frames` of `segue_engine_state` was 0: what the
 * disk did not deliver in time is heard here. Its project must lie where it was. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `options` is a JSON object (or NULL and 0) with any of:
 * - `bits`: `"16"`, `"24"` (default), or `"32f"`, the bits of the session.
 * - `cache`: folder for decoded sounds; default: the user's.
 *
 * The job's document is that of `segue_render`; `cut_short` is true for a log without its end.
 *
 * Sizes: `log_path` at most 4,096 bytes, `path` at most 4,096 bytes, `options` at most 64 MiB.
 * Ownership: texts stay the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` when both paths are the
 * same; the job says `NOT_FOUND`, `WRONG_FILE` (also for an audio file that has changed), `DAMAGED`,
 * `NEWER_VERSION`, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_replay(uint32_t abi,
                          const char *log_path,
                          size_t log_path_length,
                          const char *path,
                          size_t path_length,
                          const char *options,
                          size_t options_length,
                          struct segue_job **out_job);

/**
 * Opens a slot game from a JSON file (docs/slot.md). Its player stands at spin 0 of seed 1, at a
 * credit of 1. `abi` is `SEGUE_ABI` of the header. `[thread-safe]`
 *
 * `path` is UTF-8 of `path_length` bytes, at most 4,096, not NUL-terminated.
 *
 * Sizes: `path` at most 4,096 bytes.
 * Ownership: `out_slot` becomes the caller's; `segue_slot_destroy` ends it.
 * Errors: `ABI_MISMATCH`, `NOT_FOUND`, `INVALID_DOCUMENT` with the place, `NEWER_VERSION`, `WRONG_FILE`,
 * `SYSTEM`, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `INVALID_ARGUMENT`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `path` is NULL or `path_length` bytes; `out_slot` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_open(uint32_t abi,
                             const char *path,
                             size_t path_length,
                             struct segue_slot **out_slot);

/**
 * Opens a slot game from a JSON document in memory, at most 16 MiB; else as `segue_slot_open`.
 * `[thread-safe]`
 *
 * Ownership: the document stays the caller's. `out_slot` becomes the caller's;
 * `segue_slot_destroy` ends it.
 * Errors: as `segue_slot_open`. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes; `out_slot` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_open_memory(uint32_t abi,
                                    const char *json,
                                    size_t json_length,
                                    struct segue_slot **out_slot);

/**
 * Opens a built-in slot game: `lobstermania-96`, `lobstermania-85`, `demo-low`, `demo-medium`,
 * `demo-high` or `demo-studio`; else as `segue_slot_open`. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_slot` becomes the caller's; `segue_slot_destroy` ends it.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `ABI_MISMATCH`, `UNKNOWN_NAME` with the nearest one, `INVALID_UTF8`, `LIMIT_EXCEEDED`,
 * `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_slot` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_open_builtin(uint32_t abi,
                                     const char *name,
                                     size_t name_length,
                                     struct segue_slot **out_slot);

/**
 * Closes a slot game. Jobs that use it go on with what they need. `[thread-safe]`
 *
 * Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
 * Errors: `STALE_HANDLE`, `BUSY` when calls on other threads do not leave within 10 s. Since 0.1.
 *
 * Safety:
 * Any value of `slot` is safe.
 */
SEGUE_API segue_status segue_slot_destroy(struct segue_slot *slot);

/**
 * The game's document as UTF-8 JSON, as `segue_slot_open_memory` takes it. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_DOCUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_slot_get_json(struct segue_slot *slot,
                                 struct segue_buffer *out_document);

/**
 * The names of the built-in games, as a JSON object: `games`, a list of texts. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API segue_status segue_get_slot_builtins(struct segue_buffer *out_document);

/**
 * Risks the win of the last spin, where the game has a gamble: `count` choices, one a round, from the first round on.
 * Colours and coins have the sides 0 and 1, suits 0 to 3, a ladder 0. The same choices give the same rounds, so call it
 * with one more each time the player goes on; a call with none takes the gamble back. Rounds behind the end are not
 * played. `segue_slot_get_stages` has its stages then, and what
 * the log says of the spin stays. The document is a JSON object: `game`, `stake`, `rounds` (a list of `choice`,
 * `result`: `win`, `lose` or `draw`, `amount`), `collected`, `over` (no further round is possible), `not_played` (how
 * many of the choices), `sides` (how many a round has). Amounts are in minor units. `[thread-safe]`
 *
 * Ownership: `choices` stays the caller's; `out_document` becomes the caller's, `segue_buffer_free` frees it.
 * Errors: `NOTHING` before the first spin, for one that won nothing, and for a game without a gamble;
 * `INVALID_ARGUMENT` for a choice that there is not, and a win too large for the gamble; `LIMIT_EXCEEDED` above 100
 * choices; `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `choices` is NULL or `count` numbers; `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not
 * freed.
 */
SEGUE_API
segue_status segue_slot_gamble(struct segue_slot *slot,
                               const uint32_t *choices,
                               size_t count,
                               struct segue_buffer *out_document);

/**
 * Looks for the next spin that gives an outcome: a legal one, as likely as any other that gives it.
 * It becomes the player's last spin, with its row in the log. Outcomes are `lose`, `small`, `medium`, `big`,
 * `mega`, `epic`, `ultra`, `near_miss`, `cascade`, `free_spins`, `hold_and_win`, `pick`, `wheel`,
 * `jackpot:mini` (`minor`, `major`, `grand`), `between:FROM..TO` in hundredths of the bet, and
 * `shows:SYMBOLxCOUNT`. The job's document is that of
 * `segue_slot_get_result`. Until it is over the other calls that
 * need the player answer `BUSY`. One that is cancelled leaves the player where it was. `[thread-safe]`
 *
 * Sizes: `outcome` at most 1,024 bytes.
 * Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The game stays the caller's
 * and may be destroyed at any time.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME` for the outcome; the job says `INVALID_DOCUMENT` when no spin of the game gives
 * it, or none was found in 10,000,000 spins and there are too many stops to look at all of them: the
 * text tells which, and the player is where it was; or `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `SYSTEM`, `BUSY`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `outcome` is NULL or `outcome_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_force(struct segue_slot *slot,
                              const char *outcome,
                              size_t outcome_length,
                              struct segue_job **out_job);

/**
 * Plays a great many spins on several threads and compares them with the counted odds. The player stays
 * where it is. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `spins`: 1..=1e12; default 1000000. `seed`: a number or a text of digits; default 1.
 * - `coin`: minor units a credit, 1 or more; default 1. `workers`: threads, 1 or more, of which 256 work; default: one for
 *   each core.
 * - `sessions`: of which the balance is kept for the pictures, 0..=200; default 12. `session_spins`:
 *   their spins, 1..=100000; default 1000.
 * - `report`: file for a report with pictures, HTML; `png`: file for the pictures; default: none.
 *
 * The job's document is a JSON object with the keys of `segue slot sim --json`: `game`, `spins`, `bet`,
 * `won`, `rtp`, `rtp_sigma`, `rtp_95`, `rtp_counted`, `rtp_exact`, `rtp_basis` (`exact`, `counted`, `estimated`:
 * what stands behind `rtp_counted`), `hits`, `variance_bets`, `losses_as_wins`,
 * `big_wins`, `highest`, `near_misses`, `cascades`, `feature_spins`, `features`, `free_spins`, `jackpots`,
 * `jackpots_won`, `histogram` (wins and how often), `convergence` (spins, return, sigma). It counts spins;
 * the same options give the same document, whatever the number of threads.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * The game may be destroyed meanwhile.
 * Errors: `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for a number out of range; the job says
 * `INVALID_DOCUMENT` for a credit that is too large, `INVALID_ARGUMENT`, `NOT_FOUND` for the folder of a picture,
 * `EXISTS` for one in the place of a file of another kind, `WRONG_FILE` for a device or pipe, `SYSTEM`, `CANCELLED`;
 * `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_simulate(struct segue_slot *slot,
                                 const char *options,
                                 size_t options_length,
                                 struct segue_job **out_job);

/**
 * Counts the odds of a game exactly: return, hits, variance, and how often it pays what. The player
 * stays where it is. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `brute_force`: look at every stop vector too, whatever their number; default false.
 * - `workers`: threads for that, 1 or more, of which 256 work; default: one for each core.
 *
 * The job's document is a JSON object with the keys of `segue slot enumerate --json` (docs/slot.md). It
 * counts stop vectors.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: as `segue_slot_simulate`.
 * Errors: `INVALID_DOCUMENT` for the options; the job says `INVALID_ARGUMENT`, `INVALID_DOCUMENT` for a
 * count that does not fit, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `SYSTEM`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_enumerate(struct segue_slot *slot,
                                  const char *options,
                                  size_t options_length,
                                  struct segue_job **out_job);

/**
 * Makes a game out of a PAR sheet (`sheet_path` is its path: CSV by its ending, else JSON; docs/slot.md)
 * and compares every figure that the sheet states with the counted one. `abi` is `SEGUE_ABI` of the
 * header. `[thread-safe]`
 *
 * The job's document is a JSON object: `game` (its id), `rtp` (0 to 1), `figures`, a list of `figure`,
 * `stated`, `counted` (or null), `verdict` (`equal`, `rounded`, `differs`, `cannot be counted`), `is_true`
 * (no figure differs, and all could be counted), and `document`, the game, which
 * `segue_slot_open_memory` opens. It counts stop vectors.
 *
 * Sizes: `sheet_path` at most 4,096 bytes.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * Errors: `ABI_MISMATCH`; the job says `NOT_FOUND`, `WRONG_FILE`, `INVALID_DOCUMENT` with the place, `LIMIT_EXCEEDED`,
 * `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_ARGUMENT`, `INVALID_UTF8`, `SYSTEM`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `sheet_path` is NULL or `sheet_path_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_import(uint32_t abi,
                               const char *sheet_path,
                               size_t sheet_path_length,
                               struct segue_job **out_job);

/**
 * The names of the built-in scenarios, as a JSON object: `scenarios`, a list of texts. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_get_slot_scenarios(struct segue_buffer *out_document);

/**
 * Checks whether a game can play a scenario (a document in JSON, docs/slot.md): every outcome is one that a spin of
 * it gives, every stop is on its strips. Nothing is changed. `[thread-safe]`
 *
 * Sizes: `json` at most 16 MiB.
 * Ownership: the document stays the caller's.
 * Errors: `INVALID_DOCUMENT` with the place, and for a step that cannot be: the text names it and says why;
 * `NEWER_VERSION`, `WRONG_FILE` for a document of another kind, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes.
 */
SEGUE_API
segue_status segue_slot_check_scenario(struct segue_slot *slot,
                                       const char *json,
                                       size_t json_length);

/**
 * Gives a game a scenario to play (a document in JSON, docs/slot.md) from its first step on; `(NULL, 0)` takes it
 * away. `segue_slot_begin` begins it anew. `[thread-safe]`
 *
 * Sizes: `json` at most 16 MiB.
 * Ownership: the document stays the caller's.
 * Errors: as `segue_slot_check_scenario`, and then the one before stays; `BUSY`. Since 0.1.
 *
 * Safety:
 * `json` is NULL or `json_length` bytes.
 */
SEGUE_API
segue_status segue_slot_set_scenario(struct segue_slot *slot,
                                     const char *json,
                                     size_t json_length);

/**
 * Gives a game a built-in scenario to play, of which it plays what it can give: `win_showcase`, `free_spins`,
 * `cascade`, `jackpot`, `hold_and_win`, `stress`, `audio_test` or `near_miss`; else as
 * `segue_slot_set_scenario`. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: the text stays the caller's.
 * Errors: `UNKNOWN_NAME` with the nearest one; `INVALID_DOCUMENT` when the game gives nothing of it; then
 * the one before stays; `INVALID_ARGUMENT` for an empty name, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `BUSY`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes.
 */
SEGUE_API
segue_status segue_slot_set_scenario_builtin(struct segue_slot *slot,
                                             const char *name,
                                             size_t name_length);

/**
 * The scenario of a game as a document in JSON, as `segue_slot_set_scenario` takes it: to be shown, or edited.
 * `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NOTHING` for a game without one; `INVALID_DOCUMENT`, `BUSY`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_slot_get_scenario(struct segue_slot *slot,
                                     struct segue_buffer *out_document);

/**
 * The step of the scenario that comes next: what to wait before it, and how many are left. `[thread-safe]`
 *
 * Ownership: `out_step` is the caller's, with its `struct_size` set.
 * Errors: `NOTHING` for a game without a scenario, and behind its last step; `STRUCT_SIZE`, `BUSY`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_step` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_slot_get_step(struct segue_slot *slot,
                                 struct segue_slot_step *out_step);

/**
 * Plays the next `steps` steps of the scenario, 1..=10,000, as far as it has so many: 1 to show them one by one, 0 for
 * what is left (at most 10,000 of it, and 100 of one that goes on for ever). Each is a spin of the player, with its row
 * in the log, as of `segue_slot_force`: a step that names an outcome is looked for. The
 * job's document is that of `segue slot scenario --json`: `game`, and `spins`, a list of what
 * `segue_slot_get_result` gives. It counts steps. Until it is over the other calls
 * that need the player answer `BUSY`. One that is cancelled or fails leaves the player behind the steps that it has
 * played. `[thread-safe]`
 *
 * Ownership: `out_job` becomes the caller's; `segue_job_destroy` ends it. The game stays the caller's
 * and may be destroyed at any time.
 * Errors: `INVALID_ARGUMENT` for `steps`; `NOTHING` for a game without a scenario, and behind its last step; the job
 * says `INVALID_DOCUMENT` when a step was not found in 10,000,000 spins and there are too many stops to look at all of
 * them, `LIMIT_EXCEEDED` when the log is full (100,000 spins), or `CANCELLED`; `LIMIT_EXCEEDED`, `SYSTEM`, `BUSY`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_play_scenario(struct segue_slot *slot,
                                      uint32_t steps,
                                      struct segue_job **out_job);

/**
 * Plays a session away from the player, who stays where it is, and makes a trace of its stages, each at its time, as
 * `segue stages make` does (docs/stages.md): chosen spins first, drawn ones behind them. `project` may be NULL; where
 * it is not, its win tiers and timing profiles count. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `spins`: drawn spins, 1..=100000; default: 1, with a scenario none.
 * - `seed`: a number or a text of digits; default 1. `coin`: minor units a credit, 1..=1000000; default 5.
 * - `scenario`: a file, or the name of a built-in one, of which an endless one has 10,000 steps; default: none.
 * - `pause_ms`: before each drawn spin but the first, 0..=600000; default 500.
 * - `gamble`: rounds for which every win is risked, where the game has a gamble, 0..=5; default 0.
 * - `profile`: name of a timing profile; default `normal`.
 *
 * The job's document is the trace. It counts spins.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * The game and the project may be destroyed meanwhile.
 * Errors: `INVALID_DOCUMENT` for the options, `INVALID_ARGUMENT` for a number out of range, `UNKNOWN_NAME` for the
 * profile; the job says `UNKNOWN_NAME` for a scenario that is no file and not built in, `INVALID_DOCUMENT` for one that the
 * game cannot play, `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `INVALID_ARGUMENT`, `LIMIT_EXCEEDED` for a trace that is
 * too large, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_slot_make_trace(struct segue_slot *slot,
                                   struct segue_project *project,
                                   const char *options,
                                   size_t options_length,
                                   struct segue_job **out_job);

/**
 * Begins anew at the spin `spin` (0..=100,000; 0 the first) of a seed, at `coin` minor units a
 * credit (1 or more; 0 is 1): the jackpots stand as if those before had been spun. The same
 * arguments always give the same spins. The log is empty then, and a scenario at its first step. `[thread-safe]`
 *
 * Ownership: the caller keeps the game.
 * Errors: `INVALID_ARGUMENT` for the spin, and for a credit that is below 0 or too large for the
 * game; then nothing has changed. `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_slot_begin(struct segue_slot *slot,
                              uint64_t seed,
                              int64_t coin,
                              uint64_t spin);

/**
 * The next spin, drawn. `[thread-safe]`
 *
 * Ownership: `out_spin` is the caller's, with its `struct_size` set.
 * Errors: `LIMIT_EXCEEDED` when the log is full (100,000 spins): `segue_slot_take_log`; `STRUCT_SIZE`, `BUSY`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_spin` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_slot_spin(struct segue_slot *slot,
                             struct segue_slot_spin_record *out_spin);

/**
 * The next spin, at given stops: `count` of them, one a reel, each below the length of its strip. What
 * else is random is drawn. `[thread-safe]`
 *
 * Ownership: `stops` stays the caller's; `out_spin` is the caller's, with its `struct_size` set.
 * Errors: `INVALID_ARGUMENT` for stops that the game does not have, `LIMIT_EXCEEDED` for more than 8 of them, and when the
 * log is full (100,000 spins); else as `segue_slot_spin`. Since 0.1.
 *
 * Safety:
 * `stops` is NULL or `count` numbers; `out_spin` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_slot_spin_at(struct segue_slot *slot,
                                const uint32_t *stops,
                                size_t count,
                                struct segue_slot_spin_record *out_spin);

/**
 * Everything that the last spin gave, as a JSON object: `spin`, `seed`, `stream`, `counter_before`,
 * `counter_after`, `given`, and `result`: stops, window, wins by line, cascades, features, jackpots, near
 * miss (docs/slot.md). `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NOTHING` before the first spin; `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_slot_get_result(struct segue_slot *slot,
                                   struct segue_buffer *out_document);

/**
 * The stages of the last spin, each at its time, as a trace in JSON (docs/stages.md): what
 * `segue_stages_validate` checks and whose events
 * `segue_stage_post` takes. `timing` is the name of a timing
 * profile: `normal` (also for an empty name), `turbo`, `mobile`, `studio`, `instant`, or one of the
 * project's; `project` may be NULL, its win tiers count where it is not. `[thread-safe]`
 *
 * Sizes: `timing` at most 1,024 bytes.
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it. The project is only
 * read.
 * Errors: `NOTHING` before the first spin; `UNKNOWN_NAME` for the profile, with the nearest one;
 * `INVALID_UTF8`, `LIMIT_EXCEEDED`, `BUSY`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `timing` is NULL or `timing_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
 * something is lost, not freed.
 */
SEGUE_API
segue_status segue_slot_get_stages(struct segue_slot *slot,
                                   struct segue_project *project,
                                   const char *timing,
                                   size_t timing_length,
                                   struct segue_buffer *out_document);

/**
 * Takes the log of what was spun since `segue_slot_begin` or the last time: JSON Lines, a row a
 * spin, each of which `segue_slot_replay` plays again alone. The log is empty then; the player
 * stays where it is. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_DOCUMENT` when it cannot be written: the log stays; `BUSY`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_slot_take_log(struct segue_slot *slot,
                                 struct segue_buffer *out_document);

/**
 * Plays every row of a log again and compares: stops, win and random numbers must be the same.
 * The player stays where it is. `[thread-safe]`
 *
 * Ownership: the log stays the caller's; `out_spins`, how many rows there were, is the caller's.
 * Errors: `INVALID_DOCUMENT` for a row that cannot be read, or gives something else than it says (the
 * text names the spin), and for a log without rows; `INVALID_UTF8`, `LIMIT_EXCEEDED` above 64 MiB,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `log` is NULL or `log_length` bytes; `out_spins` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_slot_replay(struct segue_slot *slot,
                               const char *log,
                               size_t log_length,
                               uint64_t *out_spins);

/**
 * Carries a stage out on an object (0: the global one) at the absolute frame `at`
 * (0: at once): what the project binds to it is posted, what it ends fades out, and its signals move. Post
 * stages in the order in which they are heard. One that nothing is bound to is no error. `[thread-safe]`
 *
 * `stage` is a JSON object of at most 1 MiB, with its fields beside it or, with `payload`, apart
 * (docs/stages.md): `{"stage": "reel_stop", "reel": 2, "bet": 100}` or an event of
 * `segue_slot_get_stages`.
 *
 * Ownership: the text stays the caller's; `out_posted` is the caller's, with its `struct_size` set.
 * Errors: `INVALID_DOCUMENT` for the stage: the text names the field and what is allowed; `STALE_ID` for
 * an object that is not there; then nothing has changed. `QUEUE_FULL`: some of its calls may have been
 * queued; `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `stage` is NULL or `stage_length` bytes; `out_posted` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_stage_post(struct segue_engine *engine,
                              const char *stage,
                              size_t stage_length,
                              uint64_t object,
                              uint64_t at,
                              struct segue_stage_posted *out_posted);

/**
 * Ends everything that stages have begun and not ended, at the absolute frame `at` (0: at once): for a
 * game that is gone. `[thread-safe]`
 *
 * Ownership: none.
 * Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_stages_end(struct segue_engine *engine,
                              uint64_t at);

/**
 * Every stage there is, as a JSON object: `stages`, a list of `id`, `name`, `aliases`, `loops` (it goes on
 * until another one ends it), `ducks`, `about`, `fields` (a list of `name`, `optional`, `allowed`).
 * `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_get_stage_kinds(struct segue_buffer *out_document);

/**
 * Checks the order of stages, and whether every loop has an end: `stages` is a trace (docs/stages.md),
 * or a JSON list of stages as `segue_stage_post` takes them. The document is a JSON object: `events` (how
 * many), `clean`, `findings` (texts, which name the place of the event from 0). `[thread-safe]`
 *
 * Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free`
 * frees it.
 * Errors: `INVALID_DOCUMENT` for something that is no trace and no list of stages, with the place;
 * `INVALID_UTF8`, `LIMIT_EXCEEDED` above 16 MiB, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `stages` is NULL or `stages_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds
 * something is lost, not freed.
 */
SEGUE_API
segue_status segue_stages_validate(const char *stages,
                                   size_t stages_length,
                                   struct segue_buffer *out_document);

/**
 * The names that are tried for a stage's sound, such as `REEL_STOP_2`, and which of them a project binds.
 * `project` may be NULL. The document is a JSON object with the keys of `segue stages lookup --json`: `names`, in the
 * order in which they are tried, `bound` (the one that is bound) and `event` (to what), or null. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: the text stays the caller's. `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_ARGUMENT` for what can be no name of a stage; `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_document` is NULL or a `segue_buffer`; one that holds something is lost,
 * not freed.
 */
SEGUE_API
segue_status segue_stages_lookup(struct segue_project *project,
                                 const char *name,
                                 size_t name_length,
                                 struct segue_buffer *out_document);

/**
 * Gives times to stages that have none, those of the timing profile `timing` (empty: the one that the stages
 * name, else `normal`), as `segue stages make --resolve` does. `stages` is a trace (docs/stages.md), or a JSON list of stages
 * as `segue_stage_post` takes them; `project` may be NULL, its profiles count where it is
 * not. The document is a trace. `[thread-safe]`
 *
 * Sizes: `timing` at most 1,024 bytes.
 * Ownership: the texts stay the caller's. `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_DOCUMENT` for something that is no trace and no list of stages, with the place;
 * `INVALID_ARGUMENT` for stages that have times already; `UNKNOWN_NAME` for the profile; `INVALID_UTF8`,
 * `LIMIT_EXCEEDED` above 16 MiB, and for a trace that becomes too large; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * Each text is NULL or as many bytes as its length says; `out_document` is NULL or a `segue_buffer`; one that holds
 * something is lost, not freed.
 */
SEGUE_API
segue_status segue_stages_resolve(struct segue_project *project,
                                  const char *stages,
                                  size_t stages_length,
                                  const char *timing,
                                  size_t timing_length,
                                  struct segue_buffer *out_document);

/**
 * Plays stages on a project without a sound, and reports what was heard, what was forgotten and what must not be, as
 * `segue stages report` does (docs/stages.md). What is played is `trace` or `stages`, else simulated spins of the game
 * `slot`. `slot` may be NULL: its spins are those of the built-in game `demo-studio`. `[thread-safe]`
 *
 * `options` is a JSON object (`options_length` bytes of UTF-8, or NULL and 0) with any of:
 * - `trace`: file of a trace, or of the recording of a live game (the `trace` of
 *   `segue_live_start`).
 * - `stages`: a trace as an object, or a list of stages as `segue_stage_post` takes them.
 * - `profile`: name of the timing profile; not for the recording of a live game, which has its own times. Default: that
 *   of the trace, else `normal`. A trace without times gets those of the profile.
 * - `lint`: a lint profile as an object; default: that of `segue_get_lint_profile`.
 * - for simulated spins: `spins`, `seed`, `scenario`, `coin`, `pause_ms`, `gamble`, as
 *   `segue_slot_make_trace` has them.
 *
 * The job's document is a JSON object: `clean`, `spins`, `stages` (a list of `id`, `stage`, `seen`, `bound`, `posted`,
 * `played`), `unbound`, `never_triggered`, `without_asset` (how often, by event), `open_loops` (a list of `stage`, `reel`,
 * `cut_at`), `open_posts` (how often, by event), `gone_loops`, `violations` (texts), `losses_as_wins`, `unknown_bets`,
 * `unknown_wins`, `min_cycle_ms` (or null), `voice_steals`, `refused`, `stuck_ducks`, `lint` (a list of `rule`, `event`,
 * `message`, `source`). It counts spins first, sounds then, and frames at last.
 *
 * Sizes: `options` at most 64 MiB.
 * Ownership: the text stays the caller's. `out_job` becomes the caller's; `segue_job_destroy` ends it.
 * The project and the game may be destroyed meanwhile.
 * Errors: `INVALID_DOCUMENT` for the options; `INVALID_ARGUMENT` when there is more than one thing to play, and for a
 * number out of range; the job says `NOT_FOUND`, `WRONG_FILE`, `NEWER_VERSION`, `INVALID_DOCUMENT` with the place,
 * `UNKNOWN_NAME` for a profile or scenario, `INVALID_ARGUMENT` for a profile where there must be none and a recording
 * without stages, `SYSTEM`, `CANCELLED`; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * `options` is NULL or `options_length` bytes; `out_job` is NULL or a pointer.
 */
SEGUE_API
segue_status segue_stages_report(struct segue_project *project,
                                 struct segue_slot *slot,
                                 const char *options,
                                 size_t options_length,
                                 struct segue_job **out_job);

/**
 * The usual lint profile as a document in JSON, to be edited and given to `segue_stages_report`. `[thread-safe]`
 *
 * Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
 * Errors: `INVALID_DOCUMENT`, `NULL_POINTER`. Since 0.1.
 *
 * Safety:
 * `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
 */
SEGUE_API
segue_status segue_get_lint_profile(struct segue_buffer *out_document);

/**
 * Runs the transport from where it is. Nothing happens while a host drives it. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API segue_status segue_transport_play(struct segue_engine *engine, uint64_t at);

/**
 * Stops the transport; clips fade out and the position stays. Nothing happens while a host drives it. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_transport_stop(struct segue_engine *engine,
                                  uint64_t at);

/**
 * Jumps to a position in quarter-note beats from the start, 0..=1e8. Nothing happens while a host drives it. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_transport_seek(struct segue_engine *engine,
                                  double beats,
                                  uint64_t at);

/**
 * Loops from one beat to another (`enabled` 1), or runs through (`enabled` 0; the beats are kept).
 * 0 <= `start_beats` < `end_beats` <= 1e8. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_transport_set_loop(struct segue_engine *engine,
                                      uint32_t enabled,
                                      double start_beats,
                                      double end_beats,
                                      uint64_t at);

/**
 * Follows a host's transport from the frame `at` on (0: at once); say it again for each block.
 * `transport` may be NULL: no host any more. `[thread-safe]`
 *
 * Ownership: `transport` stays the caller's.
 * Errors: `INVALID_ARGUMENT` for unknown flags, a loop or a signature that is none, and for a number that a flag says is
 * given and that is not finite;
 * `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `transport` is NULL or a struct of `struct_size` bytes.
 */
SEGUE_API
segue_status segue_transport_follow_host(struct segue_engine *engine,
                                         const struct segue_host_transport *transport,
                                         uint64_t at);

/**
 * The sound of this name in the loaded project, as an id for `segue_voice_play`. `[thread-safe]`
 *
 * Sizes: `name` at most 1,024 bytes.
 * Ownership: `out_sound` is the caller's.
 * Errors: `INVALID_ARGUMENT` for an empty name;
 * `UNKNOWN_NAME`, `INVALID_UTF8`, `LIMIT_EXCEEDED`, `STALE_HANDLE`, `NULL_POINTER`,
 * `POISONED`. Since 0.1.
 *
 * Safety:
 * `name` is NULL or `name_length` bytes; `out_sound` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_sound_find(struct segue_engine *engine,
                              const char *name,
                              size_t name_length,
                              uint64_t *out_sound);

/**
 * Starts a sound. `options` may be NULL. The project's gain times that of the options must be at most 16, and
 * its pitch times theirs within 0.125..=8. Whether it sounds, an event tells: a limit of voices may
 * be against it. Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: `out_voice`, which may be NULL, gets an id that is never used again.
 * Errors: `STALE_ID` for a sound that is gone or was loaded anew, `INVALID_ARGUMENT`, `STRUCT_SIZE`,
 * `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `options` is NULL or a struct of `struct_size` bytes; `out_voice` is NULL or a `uint64_t`.
 */
SEGUE_API
segue_status segue_voice_play(struct segue_engine *engine,
                              uint64_t sound,
                              const struct segue_play_options *options,
                              uint64_t at,
                              uint64_t *out_voice);

/**
 * Moves a control of a voice (`SEGUE_VOICE_...`), reached after `ramp_s` seconds, 0..=3600. A voice that is over is no error. Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT` for an unknown control or a value, `STALE_ID` for a voice that never was, `QUEUE_FULL`,
 * `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_set(struct segue_engine *engine,
                             uint64_t voice,
                             int32_t control,
                             float value,
                             double ramp_s,
                             uint64_t at);

/**
 * Sets both filters of a voice: cut-off of the low-pass and of the high-pass in hertz, 0..=192000; 0 opens one.
 * Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_voice_set`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_set_filter(struct segue_engine *engine,
                                    uint64_t voice,
                                    float low_pass_hz,
                                    float high_pass_hz,
                                    uint64_t at);

/**
 * Fades a voice out over `fade_s` seconds, 0..=3600, and ends it. One that is over is no error.
 * Allocates nothing. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `STALE_ID` for a voice that never was, `QUEUE_FULL`, `STALE_HANDLE`,
 * `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_stop(struct segue_engine *engine,
                              uint64_t voice,
                              double fade_s,
                              uint64_t at);

/**
 * Fades a voice out and keeps its position (`on` 1), or goes on where it was (`on` 0), within `fade_s`
 * seconds, 0..=3600. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_voice_stop`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_pause(struct segue_engine *engine,
                               uint64_t voice,
                               uint32_t on,
                               double fade_s,
                               uint64_t at);

/**
 * Jumps to a frame of the sound, 0..=2^48, without a click. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_voice_stop`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_seek(struct segue_engine *engine,
                              uint64_t voice,
                              uint64_t frame,
                              uint64_t at);

/**
 * Leaves the voice's loop at its end and plays the rest. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_voice_stop`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_leave_loop(struct segue_engine *engine,
                                    uint64_t voice,
                                    uint64_t at);

/**
 * Fades out every voice over `fade_s` seconds, 0..=3600. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: as `segue_voice_stop`. Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_voice_stop_all(struct segue_engine *engine,
                                  double fade_s,
                                  uint64_t at);

/**
 * A note of the project's key map: `velocity` above 0, up to 1, is a key that goes down, 0 one
 * that is let go. Keys 0..=127, channels 0..=15. `[thread-safe]`
 *
 * `at` is an absolute frame; 0, or one that has passed, is at once.
 *
 * Ownership: none.
 * Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
 * Since 0.1.
 *
 * Safety:
 * Any value is safe.
 */
SEGUE_API
segue_status segue_note_send(struct segue_engine *engine,
                             uint32_t channel,
                             uint32_t key,
                             float velocity,
                             uint64_t at);

/**
 * The voices that live, as of the last `segue_engine_dispatch`, the oldest id first. When `lost_events` of
 * `segue_engine_get_state` grows, those that were known are forgotten: dispatch more often. `[thread-safe]`
 *
 * Ownership: `voices` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `voices` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_engine_get_voices(struct segue_engine *engine,
                                     struct segue_voice_info *voices,
                                     size_t capacity,
                                     size_t *length);

/**
 * The sounds of the loaded project, by their names. One whose audio file is missing is not there. `[thread-safe]`
 *
 * Ownership: `sounds` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
 * asks for the length only.
 * Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `sounds` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_engine_get_sounds(struct segue_engine *engine,
                                     struct segue_sound_info *sounds,
                                     size_t capacity,
                                     size_t *length);

/**
 * The name of a sound, for `segue_sound_find`. Not NUL-terminated. `[thread-safe]`
 *
 * Ownership: `text` holds `capacity` bytes of the caller; NULL with 0 asks for the length only.
 * Errors: `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
 *
 * Safety:
 * `text` is NULL or `capacity` bytes; `length` is NULL or a `size_t`.
 */
SEGUE_API
segue_status segue_sound_get_name(struct segue_engine *engine,
                                  uint64_t sound,
                                  char *text,
                                  size_t capacity,
                                  size_t *length);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEGUE_H */
