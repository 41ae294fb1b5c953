# Completes the --ds- options of sbatch, salloc and srun in fish, beside Slurm's own. fish reads
# this file when it starts, so it is short; dsfit.fish has the values, and is read when they are
# asked for. tests/completion checks that no option is missing.

function __dsfit_slurm_values
    functions -q __dsfit_values; or complete -C 'dsfit help ' >/dev/null
    __dsfit_values $argv[1]
end

for __dsfit_name in sbatch salloc srun
    for __dsfit_option in model config zero offload method batch seq precision optimizer \
            checkpointing attention parallel dataset set goal fit explain
        complete -c $__dsfit_name -l ds-$__dsfit_option -x \
            -a "(__dsfit_slurm_values $__dsfit_option)"
    end
end
set -e __dsfit_name __dsfit_option
