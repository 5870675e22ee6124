/* A connection that fails, comes, breaks, comes back and is lost for good. What happens to it arrives as notices, not
 * as failing calls, and the engine plays on through all of it:
 *
 * 1. Segue connects to a game that does not listen yet, and tries again and again.
 * 2. The game listens, says hello and is heard.
 * 3. It ends in the middle, as one that crashes does; Segue waits, tries again, and hears the next one.
 * 4. It goes for good; after its maximum of attempts Segue gives up.
 *
 *     reconnect FOLDER-OF-PROJECTS
 *
 * The game is in this program: a socket of this machine. */
#define _POSIX_C_SOURCE 200809L
#include "example.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A socket on a port that the system chooses; it listens later. */
static int make_socket(unsigned *port)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &length) != 0) {
        perror("socket");
        exit(1);
    }
    *port = ntohs(address.sin_port);
    return server;
}

/* The game's side of a connection: who it is, and one stage. */
static int speak(int server)
{
    static const char LINES[] =
        "{\"type\":\"hello\",\"seq\":1,\"t_us\":0,\"data\":{\"protocol\":\"segue\",\"version\":1,\"game_id\":\"acme\"}}\n"
        "{\"type\":\"stage_event\",\"seq\":2,\"t_us\":1000,\"data\":{\"stage\":\"ui_spin_press\"}}\n";
    int client = accept(server, NULL, NULL);
    if (client < 0 || write(client, LINES, sizeof LINES - 1) != (ssize_t)(sizeof LINES - 1)) {
        perror("accept");
        exit(1);
    }
    return client;
}

/* One turn of a game loop: a block, an update, and whether the notices hold a text. They are one JSON array, which a
 * game would parse. */
static int turn(segue_engine *engine, segue_live *live, const char *wanted)
{
    float samples[2 * 64];
    segue_buffer notices = {0};
    char *text;
    int is_there;
    MUST(segue_engine_process_interleaved(engine, samples, 2, 64));
    MUST(segue_engine_update(engine));
    MUST(segue_live_take_notices(live, &notices));
    text = (char *)malloc(notices.length + 1);
    if (!text) {
        exit(1);
    }
    memcpy(text, notices.data, notices.length);
    text[notices.length] = 0;
    is_there = strstr(text, wanted) != NULL;
    if (is_there) {
        printf("  %.400s\n", text);
    }
    free(text);
    MUST(segue_buffer_free(&notices));
    return is_there;
}

/* Goes on until a notice holds a text, for a minute. */
static void until(segue_engine *engine, segue_live *live, const char *wanted, const char *what)
{
    const struct timespec pause = {0, 5000000};
    int turns;
    printf("%s:\n", what);
    for (turns = 0; turns < 12000; turns++) {
        if (turn(engine, live, wanted)) {
            return;
        }
        nanosleep(&pause, NULL);
    }
    fprintf(stderr, "%s has not come\n", wanted);
    exit(1);
}

int main(int count, char **words)
{
    segue_project *project = NULL;
    segue_engine *engine = NULL;
    segue_live *live = NULL;
    segue_job *job = NULL;
    segue_buffer report = {0};
    char path[1024], options[1024], text[1024];
    size_t length = 0;
    unsigned port = 0;
    int server = make_socket(&port);
    int game;

    snprintf(path, sizeof path, "%s/lantern", count > 1 ? words[1] : "presets");
    MUST(segue_project_open(SEGUE_ABI, TEXT(path), &project));
    MUST(segue_engine_create(SEGUE_ABI, NULL, project, &engine));
    MUST(segue_engine_load(engine, project, &job));
    finish(job, "loaded");

    /* An error that comes later: starting the job is in order, and its result says that it went wrong. */
    MUST(segue_waveform(SEGUE_ABI, TEXT("{\"file\": \"no-such-file.flac\"}"), &job));
    MUST(segue_job_wait(job, 60000));
    if (segue_job_get_result(job, &report) != SEGUE_STATUS_NOT_FOUND) {
        return 1;
    }
    MUST(segue_error_get_text(text, sizeof text, &length));
    printf("the job says: %.*s\n", (int)length, text);
    MUST(segue_job_destroy(job));
    MUST(segue_project_destroy(project));

    snprintf(options, sizeof options,
             "{\"connectors\": [{\"name\": \"game\", \"kind\": \"line_client\", \"connect\": \"127.0.0.1:%u\", "
             /* Short waits, for an example; a connection that was made forgets its failures at once. */
             "\"reconnect\": {\"base_ms\": 20, \"cap_ms\": 100, \"max_retries\": 30, \"reset_after_stable_ms\": 0}}]}",
             port);
    MUST(segue_live_start(engine, TEXT(options), &live));
    until(engine, live, "\"backoff\"", "nobody listens");
    if (listen(server, 1) != 0) {
        perror("listen");
        return 1;
    }
    game = speak(server);
    until(engine, live, "ui_spin_press", "the game is there and heard");
    close(game);
    until(engine, live, "\"backoff\"", "it has ended in the middle");
    game = speak(server);
    until(engine, live, "ui_spin_press", "it is back and heard");
    close(server);
    close(game);
    until(engine, live, "\"gave_up\"", "it is gone for good");

    MUST(segue_live_finish(live, &report));
    printf("%zu bytes of report\n", report.length);
    MUST(segue_buffer_free(&report));
    MUST(segue_live_destroy(live));
    MUST(segue_engine_destroy(engine));
    return 0;
}
