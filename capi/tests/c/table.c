/* Every function with each of its pointers NULL in turn, with texts that are empty or too long, with handles that are destroyed, never made or of another kind,
 * and with ids that are gone, never made or of another kind. What comes back stands in the comment of the function.
 * What is called, `table_calls.h` says, which is made from capi/src. Argument: a folder with a copy of the
 * project `factory`; calls write into both. */
#include "calls.h"

static void arm(const struct shot *shot)
{
    (void)shot;
}

static segue_status called(const struct function *function, const struct shot *shot)
{
    segue_status status = function->call(shot);
    expect_listed(function->name, (int32_t)status, function->listed);
    return status;
}

/* What the call answers when all is well, as far as these fixtures can make it so. */
static segue_status usual(const struct function *function)
{
    struct shot shot = NOTHING;
    shot.function = function->name;
    return function->is_end ? SEGUE_STATUS_OK : called(function, &shot);
}

static void try_null(const struct function *function, const struct argument *argument)
{
    struct shot shot = NOTHING;
    segue_status status;
    shot.function = function->name;
    shot.null_at = argument->at;
    status = called(function, &shot);
    if (!argument->is_optional) {
        expect(&shot, argument->name, status, SEGUE_STATUS_NULL_POINTER);
    } else if (failed(status)) {
        expect(&shot, argument->name, status, usual(function));
    } else {
        checks_done++;
    }
    if (argument->is_array) {
        shot.empty_at = argument->at;
        status = called(function, &shot);
        if (status != SEGUE_STATUS_BUFFER_TOO_SMALL) {
            expect(&shot, argument->name, status, usual(function));
        }
    }
}

/* (NULL, 0) is what ("", 0) is; (NULL, 1) is none, and what is too long is refused before it is read. */
static void try_lengths(const struct function *function, const struct argument *argument)
{
    struct shot shot = NOTHING;
    segue_status empty;
    shot.function = function->name;
    shot.length_at = argument->at;
    empty = called(function, &shot);
    checks_done++;
    if (empty == SEGUE_STATUS_NULL_POINTER) {
        wrong(&shot, argument->name, "is NULL to it when it is empty");
    }
    shot.null_at = argument->at;
    expect(&shot, argument->name, called(function, &shot), empty);
    shot.length = 1;
    expect(&shot, argument->name, called(function, &shot), SEGUE_STATUS_NULL_POINTER);
    shot.null_at = -1;
    shot.length = SIZE_MAX;
    expect(&shot, argument->name, called(function, &shot), SEGUE_STATUS_LIMIT_EXCEEDED);
}

/* A handle that is destroyed stays so, whatever is made after it. */
static void *once(int kind)
{
    static void *handles[KINDS];
    if (!handles[kind]) {
        handles[kind] = destroyed(kind);
    }
    return handles[kind];
}

static void try_handles(const struct function *function, const struct argument *argument)
{
    /* Destroyed, of another kind, never made. */
    void *none[4];
    size_t at;
    none[0] = once(argument->kind);
    none[1] = fixture_of(argument->kind % (KINDS - 1) + 1);
    none[2] = (void *)(uintptr_t)1;
    none[3] = (void *)function;
    for (at = 0; at < 4; at++) {
        struct shot shot = NOTHING;
        shot.function = function->name;
        shot.handle_at = argument->at;
        shot.handle = none[at];
        expect(&shot, argument->name, called(function, &shot), SEGUE_STATUS_STALE_HANDLE);
    }
}

/* Of what stands in the mixer or was made by a call, one that was there and is not any more. */
static uint64_t gone(const char *name)
{
    segue_engine *engine = the_engine();
    uint64_t id = 0, bus = 0, music = 0;
    EXPECT_OK(segue_bus_find(engine, TEXT("ui"), &bus));
    if (strcmp(name, "send") == 0) {
        EXPECT_OK(segue_bus_find(engine, TEXT("music"), &music));
        EXPECT(DEFERRED, segue_send_add(engine, bus, music, 0.0F, 0, &id));
        EXPECT(DEFERRED, segue_send_remove(engine, id));
    } else if (strcmp(name, "insert") == 0) {
        EXPECT(DEFERRED, segue_insert_add(engine, bus, 0, TEXT("gain"), NULL, 0, &id));
        EXPECT(DEFERRED, segue_insert_remove(engine, id));
    } else if (strcmp(name, "analyser") == 0) {
        EXPECT_OK(segue_analyser_add(engine, bus, NULL, &id));
        EXPECT_OK(segue_analyser_remove(engine, id));
    } else if (strcmp(name, "object") == 0) {
        EXPECT_OK(segue_object_add(engine, TEXT("passer-by"), NULL, 0, &id));
        EXPECT_OK(segue_object_remove(engine, id, 0));
    } else {
        EXPECT(DEFERRED, segue_bus_add(engine, TEXT("short-lived"), bus, &id));
        EXPECT(DEFERRED, segue_bus_remove(engine, id));
    }
    return id;
}

/* What was told of a value by names that are none is nothing. */
static segue_status without(const struct function *function)
{
    if (strcmp(function->name, "segue_name_get_text") == 0) {
        return SEGUE_STATUS_OK;
    }
    if (strcmp(function->name, "segue_rtpc_get") == 0 || strcmp(function->name, "segue_state_get") == 0 ||
        strcmp(function->name, "segue_switch_get") == 0) {
        return SEGUE_STATUS_NOTHING;
    }
    return SEGUE_STATUS_STALE_ID;
}

static void try_ids(const struct function *function, const struct id *id)
{
    uint64_t none[6];
    size_t at;
    none[0] = gone(id->name);
    /* Never made: of each kind, and of none. */
    none[1] = 0x1000000900000000U;
    none[2] = 0x2000000900000001U;
    none[3] = 0x3000000900000002U;
    none[4] = 0x4000000900000003U;
    none[5] = 0x5ca1ab1e;
    for (at = 0; at < 6; at++) {
        struct shot shot = NOTHING;
        shot.function = function->name;
        shot.id_at = id->at;
        shot.id = none[at];
        expect(&shot, id->name, called(function, &shot), without(function));
    }
}

/* So many calls succeed when all is well; that fewer do means that the fixtures have lost something, and then much
 * of what is tried here is refused before it comes to what is tried. */
enum { SUCCEED_AT_LEAST = 150 };

int main(int count, char **words)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    int argument, succeeded = 0, pointers = 0, ids = 0, texts = 0;
    if (count != 2) {
        puts("argument: a folder with a copy of the project `factory`");
        return 2;
    }
    scratch_folder = words[1];
    project_in(scratch_folder);
    the_engine();
    for (at = 0; at < functions; at++) {
        const struct function *function = &FUNCTIONS[at];
        succeeded += !failed(usual(function));
        for (argument = 0; argument < function->count; argument++) {
            pointers++;
            try_null(function, &function->arguments[argument]);
            if (function->arguments[argument].kind != NO_HANDLE) {
                try_handles(function, &function->arguments[argument]);
            }
            if (function->arguments[argument].is_text) {
                texts++;
                try_lengths(function, &function->arguments[argument]);
            }
        }
        for (argument = 0; function->ids[argument].at >= 0; argument++) {
            ids++;
            try_ids(function, &function->ids[argument]);
        }
    }
    fixtures_end();
    expect_nothing_left();
    checks_done++;
    if (succeeded < SUCCEED_AT_LEAST) {
        checks_failed++;
        printf("only %d calls succeed, not %d\n", succeeded, SUCCEED_AT_LEAST);
    }
    printf("%d functions, %d pointers, %d texts, %d ids; %d calls succeed when all is well\n", (int)functions, pointers,
           texts, ids, succeeded);
    return checks_end("table");
}
