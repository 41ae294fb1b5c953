/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_DECLARATION_H
#define DSFIT_SUBMIT_DECLARATION_H

#include <stdbool.h>

#include <slurm/spank.h>

#include "core/declare/declaration.h"
#include "plugin/said.h"

/*
 * The --ds- options on the submit host: what was typed for a component of a job, and what goes to
 * slurmctld with it. There is one command line in a process, so there is one state.
 */

/* SPANK calls this for each --ds- option; `option` is an enum dsfit_option. */
int dsfit_typed_option(int option, const char *value, int remote);

/* Whether there is anything to look at for this component. */
bool dsfit_typed_any(void);

/* The component's declaration; its values stay until the next component. *inherited: the model is
 * that of the job in which the command runs. */
void dsfit_typed_collect(struct dsfit_declaration *out, bool *inherited);

/* Send the declaration to slurmctld: as `line`, or as typed where that is "". */
void dsfit_typed_pass_on(spank_t spank, const struct dsfit_declaration *declaration,
			 const char *line, const struct dsfit_said *said);

void dsfit_typed_next_component(void);
void dsfit_typed_forget(void);

#endif
