/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/accessors.h"

#include <dlfcn.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

/* dlsym() returns an object pointer, which C cannot cast to a function pointer: copy its bytes. */
static bool find(const char *name, void *out, size_t size)
{
	void *symbol = dlsym(RTLD_DEFAULT, name);

	memcpy(out, &symbol, size);
	return symbol;
}

bool dsfit_accessors_find(struct dsfit_accessors *out)
{
	return find("opt", &out->opt, sizeof(out->opt)) &&
	       find("slurm_option_get", &out->get, sizeof(out->get)) &&
	       find("slurm_option_isset", &out->isset, sizeof(out->isset)) &&
	       find("slurm_option_set", &out->set, sizeof(out->set)) &&
	       find("slurm_option_reset", &out->reset, sizeof(out->reset)) &&
	       find("slurm_xfree", &out->xfree, sizeof(out->xfree));
}

char *dsfit_accessors_value(const struct dsfit_accessors *accessors, const char *name)
{
	return accessors->isset(accessors->opt, name) ? accessors->get(accessors->opt, name) :
							NULL;
}

void dsfit_accessors_free(const struct dsfit_accessors *accessors, char **text)
{
	if (*text)
		accessors->xfree((void **)text);
	*text = NULL;
}

/* ---- the command line ----------------------------------------------------------------------- */

/* Returns the index of the first word after the options, or 0 if an option is unknown. getopt()
 * keeps its state in globals, which Slurm may still read, so they are put back. */
static int after_options(int argc, char **argv, const char *letters, const struct option *options)
{
	int index = optind, report = opterr, at, c;
	char *argument = optarg;

	opterr = 0;
	optind = 0;
	do
		c = getopt_long(argc, argv, letters, options, NULL);
	while (c != -1 && c != '?' && c != ':');
	at = c == -1 && optind < argc ? optind : 0;
	optind = index;
	opterr = report;
	optarg = argument;
	return at;
}

int dsfit_accessors_command(const struct dsfit_accessors *accessors, int argc, char **argv)
{
	/* The table has the options of all plugins too. No header declares these either; their
	 * signatures are the same from 22.05 to 26.05. */
	struct option *(*create)(void *opt, char **letters), *options;
	void (*destroy)(struct option *options);
	char *letters = NULL;
	int at = 0;

	if (!find("slurm_option_table_create", &create, sizeof(create)) ||
	    !find("slurm_option_table_destroy", &destroy, sizeof(destroy)))
		return 0;
	options = create(accessors->opt, &letters);
	/* Without "+" the command's own options would be taken for Slurm's. */
	if (options && letters && *letters == '+')
		at = after_options(argc, argv, letters, options);
	if (options)
		destroy(options);
	dsfit_accessors_free(accessors, &letters);
	return at;
}

/* Whether the word may belong to an option. */
static bool is_option(const char *word)
{
	return *word == '-' && word[1];
}

/* getopt() stops at the first word that is no option, behind an option, its value, or "--". */
int dsfit_accessors_told(int argc, char **argv)
{
	int at = optind;
	bool ends;

	if (at < 1 || at > argc)
		return -1;
	ends = !strcmp(argv[at - 1], "--");
	if (at > 1 && !ends && !is_option(argv[at - 1]) && (at < 3 || !is_option(argv[at - 2])))
		return -1;
	if (at == argc)
		return 0;
	return !is_option(argv[at]) || ends ? at : -1;
}

bool dsfit_accessors_in_sbatch(void)
{
	return dlsym(RTLD_DEFAULT, "sbopt");
}

char *dsfit_accessors_script(const struct dsfit_accessors *accessors, char *name)
{
	char *(*search)(char *cwd, char *name, bool cwd_last, int mode, bool test);
	char *cwd, *path;

	if (!find("search_path", &search, sizeof(search)))
		return NULL;
	cwd = accessors->get(accessors->opt, "chdir");
	path = cwd ? search(cwd, name, true, R_OK, false) : NULL;
	dsfit_accessors_free(accessors, &cwd);
	return path;
}

/* ---- options -------------------------------------------------------------------------------- */

/* Later releases keep nothing of --gpus-per-task=0 but that it was typed. */
static const char zero[] = "0";

void dsfit_accessors_read(const struct dsfit_accessors *accessors,
			  struct dsfit_slurm_options *out)
{
	for (int i = 0; i < SLURM_OPTIONS; i++) {
		const char *name = dsfit_slurm_option_names[i];

		/* An option that is not set may still have a text, such as "1-0" for nodes.
		 * --tres-bind is read in any case: Slurm sets it itself for --gpus-per-task. */
		out->text[i] = i == SLURM_TRES_BIND || accessors->isset(accessors->opt, name) ?
				       accessors->get(accessors->opt, name) : NULL;
		if (i == SLURM_GPUS_PER_TASK && !out->text[i] &&
		    accessors->isset(accessors->opt, name))
			out->text[i] = zero;
	}
	/* Slurm counts the nodes of a list, and what it sends to slurmctld has their number. */
	if (!out->text[SLURM_NODES] && (out->text[SLURM_NODELIST] || out->text[SLURM_NODEFILE]))
		out->text[SLURM_NODES] =
			accessors->get(accessors->opt, dsfit_slurm_option_names[SLURM_NODES]);
}

void dsfit_accessors_release(const struct dsfit_accessors *accessors,
			     struct dsfit_slurm_options *options)
{
	for (int i = 0; i < SLURM_OPTIONS; i++) {
		char *text = (char *)(uintptr_t)options->text[i];

		if (text != zero)
			dsfit_accessors_free(accessors, &text);
		options->text[i] = NULL;
	}
}

/* Set the option back to what was typed. */
static void restore(const struct dsfit_accessors *accessors,
		    const struct dsfit_slurm_options *options, enum dsfit_slurm_option option)
{
	const char *name = dsfit_slurm_option_names[option];

	if (options->text[option])
		accessors->set(accessors->opt, name, options->text[option], false);
	else
		accessors->reset(accessors->opt, name);
}

int dsfit_accessors_apply(const struct dsfit_accessors *accessors,
			  const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm_change *changes, int count,
			  struct dsfit_error *err)
{
	for (int i = 0; i < count; i++) {
		const char *name = dsfit_slurm_option_names[changes[i].option];

		if (changes[i].reset) {
			accessors->reset(accessors->opt, name);
			continue;
		}
		if (!accessors->set(accessors->opt, name, changes[i].value, false))
			continue;
		for (int j = i; j >= 0; j--)
			restore(accessors, options, changes[j].option);
		return dsfit_fail(err, "Slurm rejects the corrected --%s=%s", name,
				  changes[i].value);
	}
	return 0;
}
