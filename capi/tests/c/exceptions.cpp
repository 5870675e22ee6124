// A C++ exception that leaves a sink ends the process, at once and each time; one that stays in it harms nothing.
// Each try is a process of its own, which makes its engine itself. Argument: a folder with the project `factory`.
#include "check.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// How a child ends in which something else happens.
constexpr int CAUGHT = 3, REFUSED = 4, NEVER_CALLED = 5, UNPREPARED = 6;

enum class What { Standard, Number, Inside };

What thrown;
int calls;

// As it must not be written.
void sink(void *, const segue_event *)
{
    calls++;
    switch (thrown) {
    case What::Standard:
        throw std::runtime_error("out of a sink");
    case What::Number:
        throw 1;
    case What::Inside:
        try {
            throw std::runtime_error("inside of a sink");
        } catch (const std::exception &) {
        }
    }
}

// An engine that is about to have an event to give out.
segue_engine *prepared(const std::string &path)
{
    segue_project *project = nullptr;
    segue_engine *engine = nullptr;
    segue_job *job = nullptr;
    uint64_t coins = 0, playing = 0;
    if (segue_project_open(SEGUE_ABI, path.data(), path.size(), &project) != SEGUE_STATUS_OK ||
        segue_engine_create(SEGUE_ABI, nullptr, project, &engine) != SEGUE_STATUS_OK ||
        segue_engine_load(engine, project, &job) != SEGUE_STATUS_OK ||
        segue_job_wait(job, 60000) != SEGUE_STATUS_OK || segue_job_destroy(job) != SEGUE_STATUS_OK ||
        segue_project_destroy(project) != SEGUE_STATUS_OK ||
        segue_engine_listen(engine, true) != SEGUE_STATUS_OK ||
        segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Coins"), &coins) != SEGUE_STATUS_OK ||
        segue_event_post(engine, coins, 0, nullptr, 0, &playing) != SEGUE_STATUS_OK) {
        return nullptr;
    }
    return engine;
}

int live(const std::string &path)
{
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    // A program's own way out of an exception that nobody caught is not the one that is taken.
    std::set_terminate([] { _exit(CAUGHT); });
    segue_engine *engine = prepared(path);
    if (!engine) {
        return UNPREPARED;
    }
    try {
        float samples[2 * 480];
        for (int block = 0; block < 100 && calls == 0; block++) {
            if (segue_engine_process_interleaved(engine, samples, 2, 480) != SEGUE_STATUS_OK ||
                segue_engine_dispatch(engine, sink, nullptr, 0, nullptr) != SEGUE_STATUS_OK) {
                return REFUSED;
            }
        }
    } catch (...) {
        return CAUGHT;
    }
    if (calls == 0) {
        return NEVER_CALLED;
    }
    // What the sink did not let out, harmed nothing.
    return segue_engine_destroy(engine) == SEGUE_STATUS_OK ? 0 : REFUSED;
}

// How a child ended, as the shell says it: its exit status, or 128 and its signal.
int ended(What what, const std::string &path)
{
    int status = 0;
    thrown = what;
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        _exit(live(path));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return -1;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

int main(int count, char **words)
{
    const std::string path = std::string(count > 1 ? words[1] : "presets") + "/factory";
    for (int turn = 0; turn < 2; turn++) {
        EXPECT_TRUE(ended(What::Standard, path) == 128 + SIGABRT);
        EXPECT_TRUE(ended(What::Number, path) == 128 + SIGABRT);
    }
    EXPECT_TRUE(ended(What::Inside, path) == 0);
    return checks_end("exceptions");
}
