/* A panic inside of every boundary of a library with the feature `test-panics`: the process lives on, the
 * handle is poisoned, the audio is silent, and what else there is works. Argument: a folder with a copy of
 * the project `factory`. */
#include "calls.h"

#ifdef __cplusplus
extern "C"
#endif
segue_status segue_test_panic(uint32_t kind);

static void arm(const struct shot *shot)
{
    if (shot->panic) {
        EXPECT_OK(segue_test_panic(shot->panic));
    }
}

/* The next calls on a poisoned engine, and the audio thread's. */
static void expect_poisoned_engine(const struct shot *shot)
{
    float samples[64];
    size_t at;
    uint64_t frame = 0;
    expect(shot, "later", segue_engine_get_frame(the_segue_engine, &frame), SEGUE_STATUS_POISONED);
    for (at = 0; at < 64; at++) {
        samples[at] = 1.0f;
    }
    expect(shot, "audio", segue_engine_process_interleaved(the_segue_engine, samples, 2, 32),
           SEGUE_STATUS_POISONED);
    for (at = 0; at < 64; at++) {
        EXPECT_TRUE(samples[at] == 0.0f);
    }
}

static void expect_whole(const struct shot *shot)
{
    uint64_t frame = 0;
    expect(shot, "later", segue_engine_get_frame(the_segue_engine, &frame), SEGUE_STATUS_OK);
}

/* One panic in one function. */
static void strike(const struct function *function, uint32_t panic)
{
    struct shot shot = NOTHING;
    int kind = function->count > 0 ? function->arguments[0].kind : NO_HANDLE;
    int poisons = function->guard == GUARD_HANDLE || function->guard == GUARD_AUDIO;
    the_engine();
    shot.function = function->name;
    shot.panic = panic;
    expect(&shot, "struck", function->call(&shot), SEGUE_STATUS_PANICKED);
    if (poisons && kind == KIND_segue_engine) {
        expect_poisoned_engine(&shot);
    } else {
        expect_whole(&shot);
    }
    if (poisons && !function->is_end) {
        shot.panic = 0;
        expect(&shot, "again", function->call(&shot), SEGUE_STATUS_POISONED);
    }
    /* What is poisoned can be destroyed, and made anew. */
    if (poisons) {
        fixtures_end();
    }
}

/* Poisons the handle of a kind by a panic in a function of it. */
static void poison(int kind)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    for (at = 0; at < functions; at++) {
        const struct function *function = &FUNCTIONS[at];
        struct shot shot = NOTHING;
        if (function->guard != GUARD_HANDLE || function->is_end || function->count == 0 ||
            function->arguments[0].kind != kind) {
            continue;
        }
        shot.function = function->name;
        shot.panic = 1;
        expect(&shot, "poisoned", function->call(&shot), SEGUE_STATUS_PANICKED);
        return;
    }
    EXPECT_TRUE(!"a kind of handle without a function");
}

/* Every function with every handle that it takes, all of them poisoned. Answers how many pairs there are. */
static int use_after_poison(void)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    int kind, argument, tried = 0;
    /* All are made before any is poisoned: some are made of others. */
    for (kind = NO_HANDLE + 1; kind < KINDS; kind++) {
        EXPECT_TRUE(fixture_of(kind) != NULL);
    }
    for (kind = NO_HANDLE + 1; kind < KINDS; kind++) {
        poison(kind);
    }
    for (at = 0; at < functions; at++) {
        const struct function *function = &FUNCTIONS[at];
        struct shot shot = NOTHING;
        shot.function = function->name;
        for (argument = 0; argument < function->count && !function->is_end; argument++) {
            if (function->arguments[argument].kind != NO_HANDLE) {
                segue_status status = function->call(&shot);
                expect(&shot, function->arguments[argument].name, status, SEGUE_STATUS_POISONED);
                expect_listed(function->name, (int32_t)status, function->listed);
                tried++;
            }
        }
    }
    fixtures_end();
    return tried;
}

static void strike_job(void)
{
    segue_job *job = NULL;
    segue_project *project = open_project();
    segue_engine *engine = make_engine(project);
    uint64_t frame = 0;
    EXPECT_OK(segue_test_panic(3));
    EXPECT_OK(segue_engine_load(engine, project, &job));
    finish(job, SEGUE_STATUS_PANICKED);
    /* What the job has left may be half-done: its engine can only be destroyed. */
    EXPECT(POISONED, segue_engine_get_frame(engine, &frame));
    EXPECT_OK(segue_engine_destroy(engine));
    engine = make_engine(project);
    load(engine, project);
    EXPECT_OK(segue_engine_destroy(engine));
    EXPECT_OK(segue_project_destroy(project));
}

int main(int count, char **words)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    int struck = 0, pairs;
    uint32_t panic;
    if (count != 2) {
        puts("argument: a folder with a copy of the project `factory`");
        return 2;
    }
    scratch_folder = words[1];
    project_in(scratch_folder);
    for (at = 0; at < functions; at++) {
        if (FUNCTIONS[at].guard == GUARD_NONE) {
            continue;
        }
        for (panic = 1; panic <= 2; panic++) {
            strike(&FUNCTIONS[at], panic);
            struck++;
        }
    }
    strike_job();
    pairs = use_after_poison();
    fixtures_end();
    expect_nothing_left();
    printf("%d panics caught in %d functions, %d uses of what is poisoned; ", struck + 1, (int)functions, pairs);
    return checks_end("panics");
}
