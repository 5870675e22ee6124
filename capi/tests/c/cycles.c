/* Makes and ends engines again and again: memory, threads and files stay as they were.
 * Arguments: a folder with the project `factory`, how many times, and after how many of them a project is loaded. */
#include "fixtures.h"

#include <stdlib.h>
#ifdef __linux__
#include <dirent.h>
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

/* KiB that are resident, without what the allocator keeps of freed memory: that comes and goes by MiB. */
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
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) {
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

static long resident(void)
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
    long turns, turn, loads, before, after;
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
    files = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    for (; turn < turns; turn++) {
        live(project, turn, loads);
    }
    after = resident();
    EXPECT_TRUE(entries("/proc/self/fd") == files);
    EXPECT_TRUE(entries("/proc/self/task") == threads);
    /* Eight MiB for the allocator's own ways, and for valgrind's tables: 9,000 engines that leave a KiB behind are more. */
    EXPECT_TRUE(after - before < 8192);
    EXPECT_OK(segue_project_destroy(project));
    expect_nothing_left();
    printf("%ld lives: %ld KiB, %d threads, %d files; before: %ld KiB\n", turns, after, threads - 2,
           files - 3, before);
    return checks_end("cycles");
}
