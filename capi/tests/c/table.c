/* Every function with each of its pointers NULL in turn, with handles that are destroyed, never made or of another kind.
 * What is called, `table_calls.h` says, which is made from capi/src. Argument: a folder with a copy of the
 * project `factory`; calls write into both. */
#include "calls.h"

static void arm(const struct shot *shot)
{
    (void)shot;
}

/* What the call answers when all is well, as far as these fixtures can make it so. */
static segue_status usual(const struct function *function)
{
    struct shot shot = NOTHING;
    shot.function = function->name;
    return function->is_end ? SEGUE_STATUS_OK : function->call(&shot);
}

static void try_null(const struct function *function, const struct argument *argument)
{
    struct shot shot = NOTHING;
    segue_status status;
    shot.function = function->name;
    shot.null_at = argument->at;
    status = function->call(&shot);
    if (!argument->is_optional) {
        expect(&shot, argument->name, status, SEGUE_STATUS_NULL_POINTER);
    } else if (failed(status)) {
        expect(&shot, argument->name, status, usual(function));
    } else {
        checks_done++;
    }
    if (argument->is_array) {
        shot.empty_at = argument->at;
        status = function->call(&shot);
        if (status != SEGUE_STATUS_BUFFER_TOO_SMALL) {
            expect(&shot, argument->name, status, usual(function));
        }
    }
}

static void try_handles(const struct function *function, const struct argument *argument)
{
    /* Destroyed, of another kind, never made. */
    void *none[4];
    size_t at;
    none[0] = destroyed(argument->kind);
    none[1] = fixture_of(argument->kind % (KINDS - 1) + 1);
    none[2] = (void *)(uintptr_t)1;
    none[3] = (void *)function;
    for (at = 0; at < 4; at++) {
        struct shot shot = NOTHING;
        shot.function = function->name;
        shot.handle_at = argument->at;
        shot.handle = none[at];
        expect(&shot, argument->name, function->call(&shot), SEGUE_STATUS_STALE_HANDLE);
    }
}

/* So many calls succeed when all is well; that fewer do means that the fixtures have lost something, and then much
 * of what is tried here is refused before it comes to what is tried. */
enum { SUCCEED_AT_LEAST = 150 };

int main(int count, char **words)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    int argument, succeeded = 0, pointers = 0;
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
        }
    }
    fixtures_end();
    expect_nothing_left();
    checks_done++;
    if (succeeded < SUCCEED_AT_LEAST) {
        checks_failed++;
        printf("only %d calls succeed, not %d\n", succeeded, SUCCEED_AT_LEAST);
    }
    printf("%d functions, %d pointers; %d calls succeed when all is well\n", (int)functions, pointers,
           succeeded);
    return checks_end("table");
}
