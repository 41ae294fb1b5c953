/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/slurm_options.h"

const char *const dsfit_slurm_option_names[SLURM_OPTIONS] = {
	[SLURM_NODES] = "nodes",
	[SLURM_NTASKS] = "ntasks",
	[SLURM_NTASKS_PER_NODE] = "ntasks-per-node",
	[SLURM_NTASKS_PER_GPU] = "ntasks-per-gpu",
	[SLURM_CPUS_PER_TASK] = "cpus-per-task",
	[SLURM_CPUS_PER_GPU] = "cpus-per-gpu",
	[SLURM_GPUS] = "gpus",
	[SLURM_GPUS_PER_NODE] = "gpus-per-node",
	[SLURM_GPUS_PER_TASK] = "gpus-per-task",
	[SLURM_GPUS_PER_SOCKET] = "gpus-per-socket",
	[SLURM_GRES] = "gres",
	[SLURM_TRES_PER_TASK] = "tres-per-task",
	[SLURM_TRES_BIND] = "tres-bind",
	[SLURM_MEM] = "mem",
	[SLURM_MEM_PER_GPU] = "mem-per-gpu",
	[SLURM_MEM_PER_CPU] = "mem-per-cpu",
	[SLURM_CONSTRAINT] = "constraint",
	[SLURM_PARTITION] = "partition",
	[SLURM_TMP] = "tmp",
	[SLURM_EXCLUSIVE] = "exclusive",
	[SLURM_NODELIST] = "nodelist",
	[SLURM_NODEFILE] = "nodefile",
	[SLURM_EXCLUDE] = "exclude",
	[SLURM_RESERVATION] = "reservation",
};
