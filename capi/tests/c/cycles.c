/* Makes and ends engines again and again: memory, threads and files stay as they were.
 * Arguments: a folder with the project `factory`, how many times, and after how many of them a project is loaded. */
#define _GNU_SOURCE /* open_memstream */
#include "fixtures.h"

#include <stdlib.h>
#ifdef __linux__
#include <dirent.h>
#include <sched.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __linux__
static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    if (!open) {
        return -1;
    }
    while (readdir(open)) {
        count++;
    }
    closedir(open);
    return count;
}

/* What has ended is listed for a moment longer than it can be waited for: reads until nothing else is there. */
static int settled(const char *folder, int wanted)
{
    int count = entries(folder);
    for (long turn = 0; count != wanted && turn < 200000; turn++) {
        sched_yield();
        count = entries(folder);
    }
    return count;
}

/* KiB of its own that are resident: what is mapped of the library's file comes as it is called. */
static long resident(void)
{
    char line[256];
    long kib = 0;
    FILE *status;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "RssAnon: %ld", &kib) == 1) {
            break;
        }
    }
    if (status) {
        fclose(status);
    }
    return kib;
}
#else
static int entries(const char *folder)
{
    (void)folder;
    return 0;
}

static int settled(const char *folder, int wanted)
{
    (void)folder;
    return wanted;
}

static long resident(void)
{
    return 0;
}
#endif

#ifdef __GLIBC__
/* KiB that are allocated, to the byte before it is divided. What the allocator keeps of freed memory, which
 * comes and goes by MiB with the threads that allocate, is not among them. */
static long allocated(void)
{
    char *text = NULL, *totals, *row;
    size_t len = 0;
    long long bytes = 0, size = 0;
    FILE *info = open_memstream(&text, &len);
    if (!info) {
        return 0;
    }
    malloc_info(0, info);
    fclose(info);
    /* The sums over all arenas follow the last of them. */
    for (totals = row = text; (row = strstr(row, "</heap>")) != NULL; row++) {
        totals = row;
    }
    for (row = totals; (row = strstr(row, "<total type=")) != NULL; row++) {
        int is_mapped = strncmp(row, "<total type=\"mmap\"", 19) == 0;
        if (sscanf(row, "<total type=\"%*[a-z]\" count=\"%*d\" size=\"%lld\"", &size) == 1) {
            bytes += is_mapped ? size : -size;
        }
    }
    row = strstr(totals, "<system type=\"current\"");
    if (row && sscanf(row, "<system type=\"current\" size=\"%lld\"", &size) == 1) {
        bytes += size;
    }
    free(text);
    return (long)(bytes / 1024);
}
#else
static long allocated(void)
{
    return 0;
}
#endif

/* A game that stages come from, and one that is played here. */
static void games(segue_engine *engine)
{
    segue_slot *slot = make_segue_slot();
    segue_live *game = NULL;
    EXPECT_OK(segue_live_start(engine, TEXT(A_SERVER), &game));
    EXPECT_OK(segue_live_destroy(game));
    EXPECT_OK(segue_slot_destroy(slot));
}

/* One life. One in `loads` loads a project, half of them without waiting for it; one in ten has games. */
static void live(segue_project *project, long turn, long loads)
{
    segue_engine_config config;
    segue_engine *engine = NULL;
    segue_job *job = NULL;
    float samples[128];
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.buses = config.inserts = config.sends = 8;
    config.sounds = config.real_voices = config.virtual_voices = 16;
    config.commands = 64;
    config.streams = 1;
    if (turn % loads == 0) {
        memset(&config, 0, sizeof config);
        config.struct_size = (uint32_t)sizeof config;
    }
    EXPECT_OK(segue_engine_create(SEGUE_ABI, &config, turn % loads == 0 ? project : NULL, &engine));
    if (turn % loads == 0) {
        EXPECT_OK(segue_engine_load(engine, project, &job));
    }
    if (turn % (2 * loads) == 0) {
        EXPECT_OK(segue_job_wait(job, 600000));
        EXPECT_OK(segue_transport_play(engine, 0));
    }
    if (turn % 10 == 0) {
        games(engine);
    }
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, 64));
    EXPECT_OK(segue_engine_dispatch(engine, NULL, NULL, 0, NULL));
    EXPECT_OK(segue_engine_destroy(engine));
    EXPECT_OK(segue_job_destroy(job));
}

int main(int count, char **words)
{
    long turns, turn, loads, before, after, kept, kept_after;
    int files, threads;
    segue_project *project;
    if (count != 4 || (turns = strtol(words[2], NULL, 10)) < 100 ||
        (loads = strtol(words[3], NULL, 10)) < 1) {
        puts("arguments: a folder with the project `factory`, how many times, at least 100, and after how many"
             " of them a project is loaded");
        return 2;
    }
    project_in(words[1]);
    project = open_project();
    /* What is made once and kept is made in the first tenth. */
    for (turn = 0; turn < turns / 10; turn++) {
        live(project, turn, loads);
    }
    before = resident();
    kept = allocated();
    files = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    for (; turn < turns; turn++) {
        live(project, turn, loads);
    }
    EXPECT_TRUE(settled("/proc/self/fd", files) == files);
    EXPECT_TRUE(settled("/proc/self/task", threads) == threads);
    kept_after = allocated();
    after = resident();
    /* 9,000 engines that leave 64 bytes behind are more, and so are 9,000 pages of a stack. */
    EXPECT_TRUE(kept_after - kept < 512);
    EXPECT_TRUE(after - before < 32768);
    EXPECT_OK(segue_project_destroy(project));
    expect_nothing_left();
    printf("%ld lives: %ld KiB allocated, before %ld; %ld KiB resident, before %ld; %d threads, %d files\n", turns,
           kept_after, kept, after, before, threads - 2, files - 3);
    return checks_end("cycles");
}
