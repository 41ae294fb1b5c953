/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPANK plugin that is not dsfit's: it passes on with the job what DSFIT_PASS says, one NAME=value
 * a line, as whatever client without our plugin might.
 */
#include <slurm/spank.h>
#include <stdlib.h>
#include <string.h>

SPANK_PLUGIN(passes, 1)

int slurm_spank_init_post_opt(spank_t spank, int ac, char **av)
{
	char *text = getenv("DSFIT_PASS"), *line;

	(void)ac;
	(void)av;
	if (spank_context() == S_CTX_REMOTE || !text)
		return 0;
	text = strdup(text);
	while (text && (line = strsep(&text, "\n"))) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		spank_job_control_setenv(spank, line, value, 1);
	}
	return 0;
}
