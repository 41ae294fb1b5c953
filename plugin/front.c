/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/front.h"

#include <slurm/slurm.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/body.h"
#include "plugin/options.h"
#include "plugin/started.h"

static struct {
	const char *conf;
	unsigned components;		/* of the job, that have been decided */
	const struct dsfit_body *body;	/* NULL: nothing was declared yet */
} front = { .conf = DSFIT_SYSCONFDIR "/dsfit.conf" };

static bool load_body(void)
{
	if (!front.body) {
		front.body = dsfit_body_load();
		if (front.body)
			front.body->begin(front.conf, front.components);
	}
	return front.body;
}

/* The first option that somebody types, or that is inherited, needs the body. */
static int take_option(int option, const char *value, int remote)
{
	return load_body() ? front.body->typed(option, value, remote) : 0;
}

/* So does a job whose script has a word of a training. The script of a het job is its first
 * component's; a step is part of a job that was looked at. */
static bool may_train(void)
{
	bool is_srun = spank_context() == S_CTX_LOCAL, may;
	struct dsfit_accessors accessors;
	struct dsfit_started started;

	if (front.components || (is_srun && getenv("SLURM_JOB_ID")) ||
	    !dsfit_accessors_find(&accessors))
		return false;
	may = !dsfit_started_find(&accessors, is_srun, &started) &&
	      dsfit_started_may_train(&started);
	dsfit_started_forget(&accessors, &started);
	return may;
}

int dsfit_front_init(spank_t spank, int ac, char **av)
{
	for (int i = 0; i < ac; i++) {
		if (!strncmp(av[i], "conf=", 5))
			front.conf = av[i] + 5;
		else
			slurm_error("dsfit: plugstack.conf: unknown argument %s; the only one is "
				    "conf=FILE", av[i]);
	}
	return dsfit_options_register(spank, take_option);
}

int dsfit_front_decide(spank_t spank, const char *(*other)(const char **own))
{
	const char *own, *unused;

	if (!front.body && may_train())
		load_body();
	front.components++;
	if (!front.body)
		return 0;
	unused = front.body->typed_any() ? other(&own) : NULL;
	if (unused)
		front.body->say(slurm_info, "plugstack.conf names this plugin twice: %s is used, "
				"%s is not", own, unused);
	return front.body->decide(spank);
}

void dsfit_front_exit(void)
{
	if (front.body)
		front.body->exit();
}
