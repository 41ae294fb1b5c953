/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_SBATCH_H
#define DSFIT_TESTS_SBATCH_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <slurm/slurm.h>
#include <slurm/spank.h>
#include <stdarg.h>

#include "core/declare/declaration.h"
#include "plugin/body.h"
#include "plugin/release.h"
#include "plugin/slurm_options.h"

/*
 * Plays sbatch, salloc and srun, as far as a SPANK plugin sees them: it has the functions of Slurm
 * that the plugin calls, and tables that a test fills and reads. The calls have Slurm's order:
 *
 *   sbatch_begin()      slurm_spank_init          the plugin registers its --ds- options
 *   sbatch_declare()    callbacks                 a --ds- option of the script or the command line
 *   sbatch_request()                              Slurm's own options
 *   sbatch_submit()     slurm_spank_init_post_opt  once for each component of a job
 *   sbatch_end()        slurm_spank_exit
 */

int slurm_spank_init(spank_t spank, int ac, char **av);
int slurm_spank_init_post_opt(spank_t spank, int ac, char **av);
int slurm_spank_exit(spank_t spank, int ac, char **av);

/* The plugin is loaded into this program and looks up some of these by name, so export them. */
#pragma GCC visibility push(default)

#define SBATCH_TEXT 16384
#define SBATCH_VALUE 4096
#define SBATCH_ENTRIES 64

/* Options of Slurm that the plugin reads in addition to those of a request. */
static const char *const sbatch_others[] = { "array", "chdir", "clusters",
	"job-name", "jobid", "wrap" };

#define SBATCH_OPTIONS (SLURM_OPTIONS + DSFIT_ARRAY_SIZE(sbatch_others))

static struct {
	spank_context_t context;
	struct sbatch_option {
		char value[SBATCH_VALUE];
		bool set;
	} option[SBATCH_OPTIONS];
	const char *refuses;		/* an option whose values Slurm does not accept */
	const char *mem;		/* what Slurm writes for a --mem that is set; NULL: it */
	struct spank_option registered[DSFIT_OPTION_END];
	char name[DSFIT_OPTION_END][64];
	size_t count;
	size_t room;			/* for registered options */
	/* The job's control environment, which goes to slurmctld. */
	struct {
		char name[96], value[SBATCH_VALUE];
	} control[SBATCH_ENTRIES];
	size_t controls;
	char said[SBATCH_TEXT];		/* "info: ..." and "error: ...", line by line */
	char *plugins;			/* JobSubmitPlugins; NULL: slurmctld does not answer */
	unsigned asked;			/* how often slurmctld was asked */
	int held;			/* strings that were handed out and not freed */
} sbatch = { .context = S_CTX_ALLOCATOR, .room = DSFIT_OPTION_END };

static inline const char *sbatch_option_name(size_t i)
{
	return i < SLURM_OPTIONS ? dsfit_slurm_option_names[i] : sbatch_others[i - SLURM_OPTIONS];
}

static inline struct sbatch_option *sbatch_option(const char *name)
{
	for (size_t i = 0; i < SBATCH_OPTIONS; i++)
		if (!strcmp(sbatch_option_name(i), name))
			return &sbatch.option[i];
	ck_abort_msg("no option %s", name);
	return NULL;
}

/* --- Slurm's functions ------------------------------------------------------------------------ */

/* sbatch has memory even where the plugin has none; see tests/unit/no_memory.h. */
#ifndef SBATCH_OWN
#define SBATCH_OWN(call) (call)
#endif

static inline void *sbatch_free(void *block)
{
	free(block);
	return NULL;
}

#ifdef SBATCH_HAS_ACCESSORS
/* sbatch has the second too, by which the plugin knows it from salloc. */
char opt[1], sbopt[1];
char *slurm_option_get(void *of, const char *name);
bool slurm_option_isset(void *of, const char *name);
int slurm_option_set(void *of, const char *name, const char *value, bool early);
bool slurm_option_reset(void *of, const char *name);
void slurm_xfree(void **text);

char *slurm_option_get(void *of, const char *name)
{
	const struct sbatch_option *option = sbatch_option(name);

	ck_assert_ptr_eq(of, opt);
	/* One that was not typed may have a value of Slurm's. */
	if (!option->set && !option->value[0])
		return NULL;
	sbatch.held++;
	return SBATCH_OWN(strdup(option->value));
}

bool slurm_option_isset(void *of, const char *name)
{
	ck_assert_ptr_eq(of, opt);
	return sbatch_option(name)->set;
}

int slurm_option_set(void *of, const char *name, const char *value, bool early)
{
	struct sbatch_option *option = sbatch_option(name);

	ck_assert_ptr_eq(of, opt);
	ck_assert(!early);
	if (sbatch.refuses && !strcmp(sbatch.refuses, name))
		return -1;
	if (sbatch.mem && !strcmp(name, "mem"))
		value = sbatch.mem;
	snprintf(option->value, sizeof(option->value), "%s", value);
	option->set = true;
	return 0;
}

bool slurm_option_reset(void *of, const char *name)
{
	ck_assert_ptr_eq(of, opt);
	memset(sbatch_option(name), 0, sizeof(struct sbatch_option));
	return true;
}

void slurm_xfree(void **text)
{
	sbatch.held -= *text != NULL;
	(void)SBATCH_OWN(sbatch_free(*text));
	*text = NULL;
}
#endif

/* Whether the plugin would have loaded what sizes jobs, which is linked here. */
static bool sbatch_has_body;

const struct dsfit_body *dsfit_body_load(void)
{
	sbatch_has_body = true;
	return &dsfit_submit_body;
}

spank_context_t spank_context(void)
{
	return sbatch.context;
}

/* Slurm copies the option and its texts. */
spank_err_t spank_option_register(spank_t spank, struct spank_option *option)
{
	ck_assert_ptr_eq(spank, &sbatch);
	if (sbatch.count == sbatch.room)
		return ESPANK_NOSPACE;
	snprintf(sbatch.name[sbatch.count], sizeof(sbatch.name[0]), "%s", option->name);
	sbatch.registered[sbatch.count++] = *option;
	return ESPANK_SUCCESS;
}

spank_err_t spank_job_control_setenv(spank_t spank, const char *name, const char *value,
				     int overwrite)
{
	size_t i = 0;

	ck_assert_ptr_eq(spank, &sbatch);
	ck_assert_int_eq(overwrite, 1);
	while (i < sbatch.controls && strcmp(sbatch.control[i].name, name))
		i++;
	ck_assert_uint_lt(i, SBATCH_ENTRIES);
	sbatch.controls += i == sbatch.controls;
	snprintf(sbatch.control[i].name, sizeof(sbatch.control[i].name), "%s", name);
	snprintf(sbatch.control[i].value, sizeof(sbatch.control[i].value), "%s", value);
	return ESPANK_SUCCESS;
}

spank_err_t spank_job_control_unsetenv(spank_t spank, const char *name)
{
	ck_assert_ptr_eq(spank, &sbatch);
	for (size_t i = 0; i < sbatch.controls; i++)
		if (!strcmp(sbatch.control[i].name, name))
			sbatch.control[i] = sbatch.control[--sbatch.controls];
	return ESPANK_SUCCESS;
}

static inline void sbatch_log(const char *kind, const char *format, va_list args)
{
	size_t length = strlen(sbatch.said);
	char line[4096];

	vsnprintf(line, sizeof(line), format, args);
	/* Slurm puts its prefix only before the first line of a message. */
	ck_assert_msg(!strchr(line, '\n'), "two lines at once: %s", line);
	ck_assert_msg(!strncmp(line, "dsfit: ", 7), "whose line is it: %s", line);
	snprintf(sbatch.said + length, sizeof(sbatch.said) - length, "%s: %s\n", kind, line + 7);
}

void slurm_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sbatch_log("info", format, args);
	va_end(args);
}

void slurm_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sbatch_log("error", format, args);
	va_end(args);
}

int slurm_load_ctl_conf(time_t since, slurm_conf_t **out)
{
	ck_assert_int_eq((int)since, 0);
	sbatch.asked++;
	if (!sbatch.plugins)
		return -1;
	*out = SBATCH_OWN(calloc(1, sizeof(**out)));
	ck_assert_ptr_nonnull(*out);
	(*out)->job_submit_plugins = sbatch.plugins;
	return 0;
}

void slurm_free_conf(slurm_conf_t *conf)
{
	(void)SBATCH_OWN(sbatch_free(conf));
}

#pragma GCC visibility pop

/* --- what a test does ------------------------------------------------------------------------- */

/* The plugin is loaded by sbatch and salloc (S_CTX_ALLOCATOR) or srun (S_CTX_LOCAL), with these
 * words after its name in plugstack.conf. */
static inline int sbatch_load(spank_context_t context, int ac, char **av)
{
	sbatch.context = context;
	return slurm_spank_init((spank_t)&sbatch, ac, av);
}

/* The argument that names the demo's configuration. */
static inline char *sbatch_conf(void)
{
	static char conf[400];

	snprintf(conf, sizeof(conf), "conf=%s", unit_conf("dsfit.conf"));
	return conf;
}

static inline void sbatch_begin(spank_context_t context)
{
	char *av[] = { sbatch_conf(), NULL };

	ck_assert_int_eq(sbatch_load(context, 1, av), 0);
}

/* Call the callback of one option, such as "model" with "13B". */
static inline void sbatch_declare_one(const char *name, const char *value)
{
	for (size_t i = 0; i < sbatch.count; i++)
		if (!strcmp(sbatch.name[i] + strlen("ds-"), name)) {
			const struct spank_option *option = &sbatch.registered[i];

			ck_assert_int_eq(option->cb(option->val, value, 0), 0);
			return;
		}
	ck_abort_msg("no option --ds-%s", name);
}

/* Call `take` for each word NAME=VALUE of a line. */
static inline void sbatch_words(const char *words, void (*take)(const char *, const char *))
{
	char line[SBATCH_VALUE], *rest = line, *word, *value;

	ck_assert_uint_lt(strlen(words), sizeof(line));
	strcpy(line, words);
	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		ck_assert_ptr_nonnull(value);
		*value++ = '\0';
		take(word, value);
	}
}

/* Declare "model=13B zero=3" like --ds-model=13B --ds-zero=3. */
static inline void sbatch_declare(const char *words)
{
	sbatch_words(words, sbatch_declare_one);
}

static inline void sbatch_request_one(const char *name, const char *value)
{
	struct sbatch_option *option = sbatch_option(name);

	snprintf(option->value, sizeof(option->value), "%s", value);
	option->set = true;
}

/* Set the whole request of a component: "gpus-per-node=a100:4 nodes=2". */
static inline void sbatch_request(const char *words)
{
	memset(sbatch.option, 0, sizeof(sbatch.option));
	sbatch_words(words, sbatch_request_one);
}

/* The plugin's answer for a component: 0, or -1 to refuse the job. */
static inline int sbatch_submit(void)
{
	int rc;

	sbatch.said[0] = '\0';
	rc = slurm_spank_init_post_opt((spank_t)&sbatch, 0, NULL);
	ck_assert_msg(!sbatch.held, "%d strings of Slurm's are not freed", sbatch.held);
	return rc;
}

static inline void sbatch_end(void)
{
	ck_assert_int_eq(slurm_spank_exit((spank_t)&sbatch, 0, NULL), 0);
}

/* The value of an option now; "" if it is not set. */
static inline const char *sbatch_now(const char *name)
{
	const struct sbatch_option *option = sbatch_option(name);

	return option->set ? option->value : "";
}

/* The value that goes to slurmctld under a name; NULL if there is none. */
static inline const char *sbatch_control(const char *name)
{
	for (size_t i = 0; i < sbatch.controls; i++)
		if (!strcmp(sbatch.control[i].name, name))
			return sbatch.control[i].value;
	return NULL;
}

#define SBATCH_PASSED "_SLURM_SPANK_OPTION_dsfit_ds_"
/* The variable with the same value in the job's own environment, which inner jobs inherit. */
#define SBATCH_INHERITED "SLURM_SPANK_" SBATCH_PASSED

#define sbatch_assert_says(part) unit_assert_has(sbatch.said, part)
#define sbatch_assert_silent() ck_assert_str_eq(sbatch.said, "")
#define sbatch_assert_passed(name, value)                                                       \
	do {                                                                                    \
		ck_assert_msg(sbatch_control(name) != NULL, "%s is not passed on", name);       \
		ck_assert_str_eq(sbatch_control(name), value);                                  \
	} while (0)

#endif
