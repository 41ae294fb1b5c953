/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/accessors.h"

#include <dlfcn.h>
#include <string.h>

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
		void *text = (void *)(uintptr_t)options->text[i];

		if (text && text != zero)
			accessors->xfree(&text);
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
