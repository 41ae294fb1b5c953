/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_JUDGE_H
#define DSFIT_SCRIPT_JUDGE_H

#include "core/script/reading.h"

/*
 * What a program that is started trains, if it does. Of several in a script the largest stays in
 * r->best.
 */
void dsfit_script_judge(struct dsfit_reading *r, const struct dsfit_launch *launch);

#endif
