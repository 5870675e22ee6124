#include <segue.h>
#include <stdio.h>

int main(void)
{
    segue_engine *engine = NULL;
    float samples[128];
    uint32_t major = 0, minor = 0, patch = 0;
    if (segue_get_version(&major, &minor, &patch) != SEGUE_STATUS_OK ||
        SEGUE_MAKE_VERSION(major, minor, patch) != SEGUE_VERSION ||
        segue_engine_create(SEGUE_ABI, NULL, NULL, &engine) != SEGUE_STATUS_OK ||
        segue_engine_process_interleaved(engine, samples, 2, 64) != SEGUE_STATUS_OK ||
        segue_engine_destroy(engine) != SEGUE_STATUS_OK) {
        return 1;
    }
    printf("libsegue %u.%u.%u\n", (unsigned)major, (unsigned)minor, (unsigned)patch);
    return 0;
}
