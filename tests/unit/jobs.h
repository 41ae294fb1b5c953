/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_JOBS_H
#define DSFIT_TESTS_JOBS_H

#include "tests/unit/words.h"

#include <stdarg.h>

#include "core/decide/assess.h"
#include "core/site/load.h"
#include "plugin/request_write.h"

/* Makes the inputs of a decision: sites, trainings and requests, each from a line of words. */

static const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
static const struct dsfit_slurm old_sbatch = { DSFIT_SBATCH, 2205, false };
static const struct dsfit_slurm srun = { DSFIT_SRUN, 2411, false };
static const struct dsfit_slurm ctld_sbatch = { DSFIT_SBATCH, 2411, true };
static const struct dsfit_slurm ctld_srun = { DSFIT_SRUN, 2205, true };

static inline struct dsfit_workload train(const struct dsfit_site *site, const char *words)
{
	char line[WORDS_MAX];
	struct dsfit_declaration declaration = words_declaration(words, line);
	struct dsfit_workload workload;
	struct dsfit_error err = { "" };

	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						 &workload, &err), "%s: %s", words, err.text);
	return workload;
}

static inline struct dsfit_request ask(const char *words, const struct dsfit_slurm *slurm)
{
	char line[WORDS_MAX];
	struct dsfit_slurm_options options = words_options(words, line);
	struct dsfit_request request;
	struct dsfit_error err = { "" };

	ck_assert_msg(!dsfit_request_parse(&options, slurm, &request, &err), "%s: %s", words,
		      err.text);
	return request;
}

static inline void assess(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request, struct dsfit_assessment *out)
{
	struct dsfit_accounts accounts;

	dsfit_accounts_begin(&accounts, site, workload);
	dsfit_assess_among(&accounts, request, NULL, 0, out);
	dsfit_accounts_end(&accounts);
}

static inline const char *say(const struct dsfit_request *request)
{
	static char texts[4][512];
	static unsigned next;
	char *text = texts[next++ % DSFIT_ARRAY_SIZE(texts)];

	return dsfit_request_text(request, text, sizeof(texts[0]));
}

/* A site with these sections and the catalogues. */
static inline struct dsfit_site *site_of(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static inline struct dsfit_site *site_of(const char *format, ...)
{
	char text[32768] = "include(\"" TEST_CONF "/gpus.conf\")\n"
			  "include(\"" TEST_CONF "/models.conf\")\n";
	size_t length = strlen(text);
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	va_list args;

	va_start(args, format);
	length += (size_t)vsnprintf(text + length, sizeof(text) - length, format, args);
	va_end(args);
	ck_assert_uint_lt(length, sizeof(text));
	site = dsfit_site_load(unit_write("site.conf", text), &err);
	ck_assert_msg(site != NULL, "%s\n%s", err.text, text);
	return site;
}

static inline const struct dsfit_node_class *class_of(const struct dsfit_site *site,
							const char *name)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].name, name))
			return &site->classes[i];
	ck_abort_msg("no class %s", name);
}

/* Add a test that runs once for each row of its table. */
static inline void add_loop(Suite *suite, const char *name, const TTest *test, size_t rows)
{
	tcase_add_loop_test(unit_folder_case(suite, name), test, 0, (int)rows);
}

/* Add several tests (a list that ends in NULL), each with a folder for its sites. */
static inline void add_all(Suite *suite, const char *name, const TTest *const *tests)
{
	for (; *tests; tests++)
		tcase_add_test(unit_folder_case(suite, name), *tests);
}

#endif
