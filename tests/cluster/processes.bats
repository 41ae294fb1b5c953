#!/usr/bin/env bats
# A correction leaves no GPU without a process: the ranks that a job starts, and the GPUs that each
# of them sees, as seen from inside.

load helpers

# ranks_script: a job that starts its tasks, each of which says its rank, how many there are, and
# the GPUs of its node.
ranks_script() {
	cat >ranks.sh <<-'END'
		#!/bin/sh
		srun sh -c 'echo "rank $SLURM_PROCID of $SLURM_NTASKS on $SLURMD_NODENAME, $SLURM_GPUS_ON_NODE GPUs"'
	END
	chmod +x ranks.sh
	echo "$PWD/ranks.sh"
}

@test "one task a GPU: the tasks are raised with the GPUs, or the job is refused" {
	local asked
	for asked in '-n2 --gpus-per-task=a100_80g:1' '-n2 --gpus=a100_80g:2' \
		'-N1 -n2 --gpus-per-node=a100_80g:2'; do
		# shellcheck disable=SC2086	# several options
		run_sbatch "${too_big[@]}" -o ranks $asked "$(ranks_script)"
		if (($(release) < 2311)); then
			refused
			matches "$stderr" 'not corrected: more GPUs need more tasks'
			matches "$stderr" 'instead: (-N 1 )?-n 4 '
			continue
		fi
		submitted
		completes "$job"
		is "$(held "$job" NumTasks)" 4
		is "$(held_gpus "$job")" 4
		is "$(sort ranks | grep -c 'rank [0-3] of 4 on a100x-')" 4
	done
}

@test "one task a GPU, --ntasks-per-node: as many nodes more as it takes, or refused" {
	run_sbatch "${too_big[@]}" -o ranks -N1 --ntasks-per-node=2 --gpus-per-node=a100_80g:2 \
		"$(ranks_script)"
	if (($(release) < 2311)); then
		refused
		matches "$stderr" 'instead: -N 1 --ntasks-per-node=4 --gpus-per-node=a100_80g:4'
		return
	fi
	submitted
	completes "$job"
	is "$(held_nodes "$job")" 2
	is "$(held_gpus "$job")" 4
	is "$(grep -c 'rank [0-3] of 4 on a100x-., 2 GPUs' ranks)" 4
}

@test "one task a node: a launcher finds the GPUs of each node" {
	run_sbatch "${too_big[@]}" -o ranks -N1 --gpus-per-node=a100:4 "$(ranks_script)"
	submitted
	corrected
	matches "$stderr" 'start with: srun torchrun --nnodes=\$SLURM_NNODES --nproc_per_node=gpu'
	completes "$job"
	is "$(sort ranks | sed 's/ on .*,/,/')" 'rank 0 of 3, 4 GPUs
rank 1 of 3, 4 GPUs
rank 2 of 3, 4 GPUs'

	run_sbatch "${too_big[@]}" -o ranks -N1 --gpus-per-node=a100_80g:2 "$(ranks_script)"
	submitted
	corrected
	matches "$stderr" 'start with: torchrun --nproc_per_node=gpu'
	completes "$job"
	is "$(sed 's/ on .*,/,/' ranks)" 'rank 0 of 1, 4 GPUs'
}

@test "any other number of tasks: said" {
	run_sbatch_hold --ds-model=llama-3-8b -N1 -n2 --gpus-per-node=a100_80g:4
	submitted
	matches "$stderr" '2 processes for 4 GPUs: each GPU needs a process of its own'
}
