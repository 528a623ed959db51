# How samples are drawn, by R's survey: three stages, strata of later stages, single clusters, unequal probabilities,
# domains. Run here: Rscript designs.R. Writes designs.json, read by tests/weighting/test_designs.py, and the samples
# stages.csv and single.csv (made up), election.csv and election_joint.csv (survey's data(election): county totals of the
# US presidential election of 2004, Tille's sample of 40 and its joint probabilities) and mu284.csv (survey's data(mu284):
# a two-stage sample from Sarndal, Swensson and Wretman 1992).
# Needs survey (4.1-1) and jsonlite.
suppressMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "fail", warn = 1)
results <- list()

made <- function(seed, single) {
  set.seed(seed)
  rows <- list()
  for (region in c("A", "B", "C", "D")) {
    towns <- if (single && region == "D") 1 else c(A = 4, B = 3, C = 3, D = 2)[[region]]
    for (town in seq_len(towns)) for (part in c("old", "new")) {
      schools <- if (single && town == 2 && part == "new") 1 else 2 + (town + (part == "old")) %% 2
      for (school in seq_len(schools)) for (pupil in seq_len(2 + (school + town) %% 3)) {
        rows[[length(rows) + 1]] <- data.frame(
          region, town, part,
          school = school + 10 * (part == "new"), pupil,
          towns = c(A = 10, B = 7, C = 12, D = 5)[[region]],
          schools = 8 + town, schools_part = 4 + town, pupils = 2 + (school + town) %% 3 + 4 * school,
          group = c("x", "y", "z")[1 + rpois(1, 1) %% 3], y = round(rnorm(1, 50 + 5 * town + 3 * school + 4 * (part == "old"), 8), 3)
        )
      }
    }
  }
  d <- do.call(rbind, rows)
  d$x <- round(20 + 0.4 * d$y + rnorm(nrow(d), 0, 4), 3)
  d$weight <- round(runif(nrow(d), 5, 30), 2)
  d$domain <- d$region != "C" & d$town != 3 & d$y > 45
  d
}
write.csv(made(11, FALSE), "stages.csv", row.names = FALSE, quote = FALSE)
write.csv(made(12, TRUE), "single.csv", row.names = FALSE, quote = FALSE)
full <- read.csv("stages.csv", stringsAsFactors = TRUE)
single <- read.csv("single.csv", stringsAsFactors = TRUE)

fractions <- function(d) {
  first <- ave(d$town, d$region, FUN = function(v) length(unique(v))) / d$towns
  second <- ave(d$school, d$region, d$town, FUN = function(v) length(unique(v))) / d$schools
  third <- ave(d$pupil, d$region, d$town, d$part, d$school, FUN = length) / d$pupils
  cbind(d, first, second, third, none = Inf, also_none = Inf)
}

# Mean and total by group and in a domain, a ratio: with their covariance and the degrees of freedom.
numbers <- function(design) {
  estimate <- function(d) {
    mean <- svymean(~ y + x, d)
    total <- svytotal(~ y + x, d)
    ratio <- svyratio(~y, ~x, d)
    list(mean = unname(coef(mean)), mean_covariance = unname(vcov(mean)), total = unname(coef(total)),
      total_covariance = unname(vcov(total)), ratio = unname(coef(ratio)), ratio_se = unname(SE(ratio))[1], df = degf(d))
  }
  by <- lapply(c("x", "y", "z"), function(level) {
    part <- svymean(~y, subset(design, group == level))
    c(coef(part), SE(part))
  })
  c(estimate(design), list(by = unname(by), domain = estimate(subset(design, domain))))
}
keep <- function(name, design) results[[name]] <<- numbers(design)

# Stages.
d <- fractions(full)
keep("one stage", svydesign(~town, strata = ~region, weights = ~weight, data = d, nest = TRUE))
keep("one stage, counts", svydesign(~town, strata = ~region, weights = ~weight, fpc = ~towns, data = d, nest = TRUE))
keep("two stages, counts", svydesign(~ town + school, strata = ~region, fpc = ~ towns + schools, weights = ~weight, data = d, nest = TRUE))
keep("three stages, fractions", svydesign(~ town + school + pupil, strata = ~region, fpc = ~ first + second + third, data = d, nest = TRUE))
keep("three stages, fractions, weights", svydesign(~ town + school + pupil, strata = ~region, fpc = ~ first + second + third, weights = ~weight, data = d, nest = TRUE))
keep("three stages, first fpc only", svydesign(~ town + school + pupil, strata = ~region, fpc = ~ towns + none + also_none, weights = ~weight, data = d, nest = TRUE))
keep("three stages, two fpc", svydesign(~ town + school + pupil, strata = ~region, fpc = ~ first + second + I(0 * first), weights = ~weight, data = d, nest = TRUE))
keep("strata of two stages", svydesign(~ town + school, strata = ~ region + part, fpc = ~ towns + schools_part, weights = ~weight, data = d, nest = TRUE))
keep("strata of two of three stages", svydesign(~ town + school + pupil, strata = ~ region + part, fpc = ~ towns + schools_part + pupils, weights = ~weight, data = d, nest = TRUE))
keep("strata of the second stage", svydesign(~ place + school, strata = ~ I(rep(1, nrow(d))) + part, fpc = ~ I(0.2 + 0 * first) + second, weights = ~weight, data = transform(d, place = paste(region, town)), nest = TRUE))
margins <- list(group = c(x = 900, y = 800, z = 500))
calibrated <- function(design) calibrate(design, ~group, c(2200, 800, 500), calfun = "raking", epsilon = 1e-13)
keep("strata of two of three stages, raked", calibrated(svydesign(~ town + school + pupil, strata = ~ region + part, fpc = ~ towns + schools_part + pupils, weights = ~weight, data = d, nest = TRUE)))

# A stratum sampled whole, and a single cluster that is the whole of its stratum.
keep("certainty stratum", svydesign(~town, strata = ~region, weights = ~weight, fpc = ~towns, data = transform(d, towns = ifelse(region == "B", 3, towns)), nest = TRUE))
keep("certainty single", svydesign(~town, strata = ~region, weights = ~weight, fpc = ~towns, data = transform(single, towns = ifelse(region == "D", 1, towns)), nest = TRUE))

# Single clusters.
s <- fractions(single)
for (choice in c("certainty", "remove", "adjust", "average")) {
  options(survey.lonely.psu = choice)
  name <- function(text) paste0(text, ", ", choice)
  keep(name("single, one stage"), svydesign(~town, strata = ~region, weights = ~weight, data = s, nest = TRUE))
  keep(name("single, counts"), svydesign(~town, strata = ~region, weights = ~weight, fpc = ~towns, data = s, nest = TRUE))
  keep(name("single, second stage"), svydesign(~ town + school, strata = ~ region + part, weights = ~weight, fpc = ~ towns + schools_part, data = s, nest = TRUE))
  keep(name("single, raked"), calibrated(svydesign(~town, strata = ~region, weights = ~weight, fpc = ~towns, data = s, nest = TRUE)))
}
# Within a stratum of towns no second choice is left for "average" where a town has one school only: R has no number.
options(survey.lonely.psu = "average")
lost <- svydesign(~ town + school, strata = ~region, weights = ~weight, fpc = ~ towns + schools, data = transform(full, school = ifelse(region == "A" & town == 1, 1, school), schools = 20), nest = TRUE)
stopifnot(is.nan(SE(svymean(~y, lost))))
options(survey.lonely.psu = "fail")

# Unequal probabilities.
data(election)
sample <- cbind(election_pps, half = rep(1:2, 20), group = rep(c("x", "y", "z"), length.out = 40))
sample$y <- sample$Bush
sample$x <- sample$Kerry
sample$domain <- sample$votes > 20000
write.csv(format(sample, digits = 17, trim = TRUE, scientific = FALSE), "election.csv", row.names = FALSE, quote = FALSE)
write.table(format(election_jointprob, digits = 17, trim = TRUE), "election_joint.csv", row.names = FALSE, col.names = FALSE, quote = FALSE, sep = ",")
sample <- read.csv("election.csv", stringsAsFactors = TRUE)
joint <- unname(as.matrix(read.csv("election_joint.csv", header = FALSE)))
squares <- sum(election$p^2)
results$squares <- squares
keep("pps replaced", svydesign(~1, probs = ~p, data = sample))
keep("pps brewer", svydesign(~1, fpc = ~p, data = sample, pps = "brewer"))
keep("pps brewer, strata", svydesign(~1, strata = ~half, fpc = ~p, data = sample, pps = "brewer"))
pps <- function(name, ...) {
  design <- svydesign(~1, fpc = ~p, data = sample, ...)
  d <- numbers(design)
  # svyratio and domains of this class of design, too.
  results[[name]] <<- d
}
for (variance in c("HT", "YG")) {
  pps(paste("pps overton", variance), pps = "overton", variance = variance)
  pps(paste("pps hartley-rao", variance), pps = HR(), variance = variance)
  pps(paste("pps hartley-rao known", variance), pps = HR(squares / 40), variance = variance)
  pps(paste("pps joint", variance), pps = ppsmat(joint), variance = variance)
  pps(paste("pps overton, strata", variance), pps = "overton", variance = variance, strata = ~half)
  pps(paste("pps hartley-rao, strata", variance), pps = HR(), variance = variance, strata = ~half)
}
# Calibrated: R's variance of calibrated pps designs other than Brewer's leaves the calibration out (ppsvar computes the
# residuals and then uses the values), so the residuals are put into its own estimator here.
totals <- c(`(Intercept)` = 4600, votes = 115000000)
keep("pps brewer, calibrated", calibrate(svydesign(~1, fpc = ~p, data = sample, pps = "brewer"), ~votes, totals))
for (variance in c("HT", "YG")) {
  design <- svydesign(~1, fpc = ~p, data = sample, pps = ppsmat(joint), variance = variance)
  fitted <- calibrate(design, ~votes, totals)
  base <- weights(design)
  residual <- lm.wfit(cbind(1, sample$votes), as.matrix(sample[c("y", "x")]), base)$residuals * weights(fitted)
  covariance <- if (variance == "HT") survey:::htvar.matrix(residual, design$dcheck[[1]]$dcheck) else survey:::ygvar.matrix(residual, design$dcheck[[1]]$dcheck)
  results[[paste("pps joint, calibrated", variance)]] <- list(total = unname(coef(svytotal(~ y + x, fitted))), total_covariance = unname(as.matrix(covariance)))
}

# Sarndal, Swensson and Wretman: two stages; and with probabilities at both.
mu284 <- local({
  data(mu284, envir = environment())
  get("mu284", environment())
})
mu284 <- transform(mu284, y = y1, x = id1 + id2, group = c("x", "y", "z")[1 + id2 %% 3], domain = id1 != 19)
write.csv(mu284, "mu284.csv", row.names = FALSE, quote = FALSE)
keep("mu284", svydesign(~ id1 + id2, fpc = ~ n1 + n2, data = mu284))
# In the order of clusters, as R pairs the probabilities of clusters in the order of the data with totals in the order of
# their names.
mu284 <- mu284[order(mu284$id1), ]
keep("mu284, brewer", svydesign(~ id1 + id2, fpc = ~ p1 + p2, data = transform(mu284, p1 = id1 / 60, p2 = 3 / n2), pps = "brewer"))

write_json(results, "designs.json", digits = I(12), auto_unbox = TRUE, na = "string")
