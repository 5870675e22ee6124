/* One of each kind of handle, and words and numbers that functions take. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include "check.h"

/* Where the project of the tests lies. */
static const char *project_folder;

static inline void project_in(const char *folder)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/factory", folder);
    project_folder = path;
}

static inline segue_project *open_project(void)
{
    segue_project *project = NULL;
    EXPECT_OK(segue_project_open(SEGUE_ABI, TEXT(project_folder), &project));
    return project;
}

static inline segue_engine *make_engine(segue_project *project)
{
    segue_engine *engine = NULL;
    EXPECT_OK(segue_engine_create(SEGUE_ABI, NULL, project, &engine));
    return engine;
}

/* Waits for a job and ends it. */
static inline void finish(segue_job *job, segue_status wanted)
{
    segue_buffer document = {0};
    EXPECT_OK(segue_job_wait(job, 600000));
    expect_status_at(__LINE__, "segue_job_get_result", segue_job_get_result(job, &document), wanted);
    EXPECT_OK(segue_buffer_free(&document));
    EXPECT_OK(segue_job_destroy(job));
}

/* The id of something of the project that an engine has loaded. */
static inline uint64_t named_in(segue_engine *engine, int32_t kind, const char *name)
{
    uint64_t id = 0;
    EXPECT_OK(segue_name_find(engine, kind, TEXT(name), &id));
    return id;
}

static inline void load(segue_engine *engine, segue_project *project)
{
    segue_job *job = NULL;
    EXPECT_OK(segue_engine_load(engine, project, &job));
    finish(job, SEGUE_STATUS_OK);
}

/* One of each kind that is alive during a whole test, made when it is first asked for. */
static segue_engine *the_segue_engine;
static segue_project *the_segue_project;
static segue_job *the_segue_job;
static segue_slot *the_segue_slot;
static segue_live *the_segue_live;

static inline segue_project *make_segue_project(void)
{
    return open_project();
}

static inline segue_engine *make_segue_engine(void)
{
    segue_project *project = open_project();
    segue_engine *engine = make_engine(project);
    load(engine, project);
    EXPECT_OK(segue_project_destroy(project));
    return engine;
}

/* Over, with a document. */
static inline segue_job *make_segue_job(void)
{
    segue_project *project = open_project();
    segue_engine *engine = make_engine(project);
    segue_job *job = NULL;
    EXPECT_OK(segue_engine_load(engine, project, &job));
    EXPECT_OK(segue_job_wait(job, 600000));
    EXPECT_OK(segue_engine_destroy(engine));
    EXPECT_OK(segue_project_destroy(project));
    return job;
}

static inline segue_engine *the_engine(void)
{
    if (!the_segue_engine) {
        the_segue_engine = make_segue_engine();
    }
    return the_segue_engine;
}

static inline segue_job *the_job(void)
{
    if (!the_segue_job) {
        the_segue_job = make_segue_job();
    }
    return the_segue_job;
}

/* At its first spin. */
static inline segue_slot *make_segue_slot(void)
{
    segue_slot *slot = NULL;
    segue_slot_spin_record record;
    memset(&record, 0, sizeof record);
    record.struct_size = (uint32_t)sizeof record;
    EXPECT_OK(segue_slot_open_builtin(SEGUE_ABI, TEXT("demo-low"), &slot));
    EXPECT_OK(segue_slot_spin(slot, &record));
    return slot;
}

/* Options of a live game with a socket that the system chooses. */
#define A_SERVER "{\"connectors\": [{\"name\": \"tcp\", \"kind\": \"line_server\", \"bind\": \"127.0.0.1:0\"}]}"

static inline segue_live *make_segue_live(void)
{
    segue_live *live = NULL;
    EXPECT_OK(segue_live_start(the_engine(), TEXT(A_SERVER), &live));
    return live;
}

static inline void fixtures_end(void)
{
    EXPECT_OK(segue_job_destroy(the_segue_job));
    EXPECT_OK(segue_project_destroy(the_segue_project));
    EXPECT_OK(segue_engine_destroy(the_segue_engine));
    EXPECT_OK(segue_slot_destroy(the_segue_slot));
    EXPECT_OK(segue_live_destroy(the_segue_live));
    the_segue_job = NULL;
    the_segue_project = NULL;
    the_segue_engine = NULL;
    the_segue_slot = NULL;
    the_segue_live = NULL;
}

/* Nothing is left of the whole library. */
static inline void expect_nothing_left(void)
{
    segue_counters counters;
    size_t at;
    memset(&counters, 0, sizeof counters);
    counters.struct_size = (uint32_t)sizeof counters;
    EXPECT_OK(segue_get_counters(&counters));
    for (at = 1; at < sizeof counters / sizeof(uint32_t); at++) {
        uint32_t count;
        memcpy(&count, (const char *)&counters + at * sizeof count, sizeof count);
        EXPECT_TRUE(count == 0);
    }
}

#endif
