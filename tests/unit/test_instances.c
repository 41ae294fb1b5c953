/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plugin/instances.c in plugins that are loaded several times, by several paths. */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

struct twin {
	void *handle;
	bool (*is_later)(void);
	const char *(*later)(const char **own);
};

/* Copy the plugin to the test's folder under this name. Returns the copy's path. */
static const char *copy(const char *name)
{
	const char *path = unit_path(name);
	char command[1024];

	snprintf(command, sizeof(command), "cp '" TEST_TWIN "' '%.200s'", path);
	ck_assert_int_eq(system(command), 0);
	return path;
}

static struct twin load(const char *path)
{
	struct twin twin = { .handle = dlopen(path, RTLD_LAZY) };

	ck_assert_msg(twin.handle != NULL, "%s", dlerror());
	*(void **)&twin.is_later = dlsym(twin.handle, "twin_is_later");
	*(void **)&twin.later = dlsym(twin.handle, "twin_later");
	ck_assert(twin.is_later && twin.later);
	return twin;
}

START_TEST(test_alone)
{
	struct twin one = load(copy("one.so"));
	const char *own = NULL;

	ck_assert(!one.is_later());
	ck_assert_ptr_null(one.later(&own));
	dlclose(one.handle);
}
END_TEST

/* The first one has another beside it; each later one knows that it is not the first. */
START_TEST(test_two)
{
	struct twin one = load(copy("one.so")), two = load(copy("two.so"));
	const char *own = NULL;

	ck_assert(!one.is_later());
	ck_assert(two.is_later());
	ck_assert_str_eq(one.later(&own), unit_path("two.so"));
	ck_assert_str_eq(own, unit_path("one.so"));
	ck_assert_ptr_null(two.later(&own));
	dlclose(one.handle);
	/* The first one is gone. */
	ck_assert(!two.is_later());
	ck_assert_ptr_null(two.later(&own));
	dlclose(two.handle);
}
END_TEST

/* The same file twice is one plugin, for Slurm and for the dynamic linker. */
START_TEST(test_same)
{
	struct twin one = load(copy("one.so")), again = load(unit_path("one.so"));
	const char *own = NULL;

	ck_assert(!again.is_later());
	ck_assert_ptr_null(again.later(&own));
	dlclose(again.handle);
	dlclose(one.handle);
}
END_TEST

static bool stop;

/* Load and unload plugins, as slurmstepd's other threads may. */
static void *come_and_go(void *path)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);

		if (handle)
			dlclose(handle);
	}
	return NULL;
}

/* What others load and unload meanwhile does no harm. */
START_TEST(test_threads)
{
	struct twin one = load(copy("one.so"));
	static const char *const names[] = { "x.so", "y.so", "z.so" };
	pthread_t threads[DSFIT_ARRAY_SIZE(names)];
	char *paths[DSFIT_ARRAY_SIZE(names)];
	const char *own;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		paths[i] = strdup(copy(names[i]));
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, paths[i]), 0);
	}
	for (int i = 0; i < 200; i++) {
		ck_assert(!one.is_later());
		one.later(&own);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(names); i++) {
		pthread_join(threads[i], NULL);
		free(paths[i]);
	}
	ck_assert_ptr_null(one.later(&own));
	dlclose(one.handle);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("instances");
	TCase *tcase = unit_folder_case(suite, "copies");

	tcase_add_test(tcase, test_alone);
	tcase_add_test(tcase, test_two);
	tcase_add_test(tcase, test_same);
	tcase_add_test(tcase, test_threads);
	return unit_run(suite);
}
