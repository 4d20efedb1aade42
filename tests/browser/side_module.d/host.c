// A program that loads extensions, and was linked without -lfetch.
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    void *module = dlopen(argv[1], RTLD_NOW);
    void *symbol = module ? dlsym(module, "requests_without_libfetch") : NULL;
    int (*requests)(void) = (int (*)(void))symbol;
    if (!requests) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    int refused = requests();
    printf("the host lives on; %d of 6 requests did not start, and said why\n", refused);
    return refused == 6 ? 0 : 1;
}
