// C++17: handles that end by themselves, statuses as exceptions, a lambda as the sink of events.
//
//     raii FOLDER-OF-PROJECTS
//
// The wrapper is short enough to copy into an engine; it needs nothing but segue.h.
#include <segue.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

struct Error : std::runtime_error {
    segue_status status;

    explicit Error(segue_status status) : std::runtime_error(text()), status(status) {}

    static std::string text()
    {
        size_t length = 0;
        segue_error_get_text(nullptr, 0, &length);
        std::string text(length, '\0');
        segue_error_get_text(text.data(), text.size(), &length);
        return text;
    }
};

// DEFERRED is a success of its own: what was asked for happens at the next commit.
inline void check(segue_status status)
{
    if (status != SEGUE_STATUS_OK && status != SEGUE_STATUS_DEFERRED) {
        throw Error(status);
    }
}

template <auto Destroy> struct Ends {
    template <class T> void operator()(T *handle) const { Destroy(handle); }
};

using Project = std::unique_ptr<segue_project, Ends<segue_project_destroy>>;
using Job = std::unique_ptr<segue_job, Ends<segue_job_destroy>>;

// What a job has made, once it is over; how it failed, as an exception.
inline std::string finish(const Job &job)
{
    check(segue_job_wait(job.get(), 60000));
    segue_buffer result = {};
    check(segue_job_get_result(job.get(), &result));
    std::string text(reinterpret_cast<const char *>(result.data), result.length);
    check(segue_buffer_free(&result));
    return text;
}

inline Project open(std::string_view path)
{
    segue_project *project = nullptr;
    check(segue_project_open(SEGUE_ABI, path.data(), path.size(), &project));
    return Project(project);
}

class Engine {
public:
    explicit Engine(const Project &project, segue_engine_config config = {})
    {
        segue_engine *engine = nullptr;
        config.struct_size = sizeof config;
        check(segue_engine_create(SEGUE_ABI, &config, project.get(), &engine));
        handle_.reset(engine);
    }

    Job load(const Project &project)
    {
        segue_job *job = nullptr;
        check(segue_engine_load(handle_.get(), project.get(), &job));
        return Job(job);
    }

    uint64_t event(std::string_view name) const
    {
        uint64_t id = 0;
        check(segue_name_find(handle_.get(), SEGUE_NAME_EVENT, name.data(), name.size(), &id));
        return id;
    }

    uint64_t post(uint64_t event)
    {
        uint64_t playing = 0;
        check(segue_event_post(handle_.get(), event, 0, nullptr, 0, &playing));
        return playing;
    }

    void listen(bool on) { check(segue_engine_listen(handle_.get(), on)); }

    // For the audio thread: no exception, no allocation.
    segue_status process(float *samples, uint32_t frames) noexcept
    {
        return segue_engine_process_interleaved(handle_.get(), samples, 2, frames);
    }

    // What an exception in `sink` would do: end the process. So none leaves it.
    template <class Sink> void dispatch(Sink &&sink)
    {
        auto thunk = [](void *user_data, const segue_event *event) noexcept {
            (*static_cast<std::remove_reference_t<Sink> *>(user_data))(*event);
        };
        check(segue_engine_dispatch(handle_.get(), thunk, &sink, 0, nullptr));
    }

private:
    std::unique_ptr<segue_engine, Ends<segue_engine_destroy>> handle_;
};

} // namespace segue

int main(int count, char **words)
try {
    const std::string folder = count > 1 ? words[1] : "presets";
    auto project = segue::open(folder + "/factory");
    segue::Engine engine(project);
    {
        auto job = engine.load(project);
        std::printf("loaded: %s\n", segue::finish(job).c_str());
    }
    try {
        engine.event("Coinz");
    } catch (const segue::Error &error) {
        std::printf("as it should be: %s\n", error.what());
    }
    engine.listen(true);
    const uint64_t coins = engine.event("Coins");
    uint64_t playing = engine.post(coins);
    std::array<float, 2 * 480> samples;
    std::vector<segue_event> heard;
    bool is_over = false;
    for (int block = 0; block < 1000 && !is_over; block++) {
        segue::check(engine.process(samples.data(), 480));
        engine.dispatch([&](const segue_event &event) {
            heard.push_back(event);
            is_over |= event.kind == SEGUE_EVENT_FINISHED && event.playing == playing;
        });
    }
    std::printf("the post is %s after %zu events\n", is_over ? "over" : "still there", heard.size());
    return !is_over;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
