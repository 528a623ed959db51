# Worked examples of textbooks and manuals, by R's survey: Rscript published.R writes published.json.
# The data are the small tables printed in the books. What the book prints stands in the table PRINTED of
# tests/weighting/test_published.py; this script says that R agrees with the book, and gives the further digits.
suppressMessages({
  library(survey)
  library(jsonlite)
})
results <- list()
put <- function(name, stat, ...) results[[name]] <<- list(estimate = unname(as.vector(coef(stat))), se = unname(as.vector(SE(stat))), ...)
data <- list()

# Lohr, Sampling: Design and Analysis, 2nd ed., example 5.2: grade points of four students in each of 5 suites out of 100.
data$suites <- data.frame(suite = rep(1:5, each = 4), gpa = c(
  3.08, 2.60, 3.44, 3.04, 2.36, 3.04, 3.28, 2.68, 2.00, 2.56, 2.52, 1.88, 3.00, 2.88, 3.44, 3.64, 2.68, 1.92, 3.28, 3.20
), weight = 20, suites = 100)
suites <- svydesign(~suite, weights = ~weight, fpc = ~suites, data = data$suites)
put("suites_total", svytotal(~gpa, suites))
put("suites_mean", svymean(~gpa, suites))
put("suites_total_infinite", svytotal(~gpa, svydesign(~suite, weights = ~weight, data = data$suites)))

# Lohr, example 4.10 (3.6 in the 1st ed.): dead trees on 25 plots out of 100, counted on a photograph and in the field; 11.3 a plot on all photographs.
data$trees <- data.frame(
  photo = c(10, 12, 7, 13, 13, 6, 17, 16, 15, 10, 14, 12, 10, 5, 12, 10, 10, 9, 6, 11, 7, 9, 11, 10, 10),
  field = c(15, 14, 9, 14, 8, 5, 18, 15, 13, 15, 11, 15, 12, 8, 13, 9, 11, 12, 9, 12, 13, 11, 10, 9, 8), weight = 4, plots = 100
)
trees <- svydesign(~1, weights = ~weight, fpc = ~plots, data = data$trees)
put("trees_mean", svymean(~field, trees))
put("trees_regression", svymean(~field, calibrate(trees, ~photo, c(`(Intercept)` = 100, photo = 1130))))
put("trees_ratio", svyratio(~field, ~photo, trees))
fit <- svyglm(field ~ photo, trees)
put("trees_coefficients", fit)

# Lohr, example 4.6 (3.5): seedlings alive in 1992 and 1994 in 10 clusters.
data$seedlings <- data.frame(x = c(1, 0, 8, 2, 76, 60, 25, 2, 1, 31), y = c(0, 0, 1, 2, 10, 15, 3, 2, 1, 27))
put("seedlings_ratio", svyratio(~y, ~x, svydesign(~1, weights = ~ rep(1, 10), data = data$seedlings)))

# Lohr, examples 2.5 and 3.2: counties of the US Census of Agriculture. An estimate from a stratified sample is a function of
# sizes, means and variances, so samples with the printed moments stand for the counties: half a deviation up, half down.
moments <- function(n, mean, sd) {
  side <- if (n %% 2) c(rep(1, (n - 1) / 2), 0, rep(-1, (n - 1) / 2)) else rep(c(1, -1), each = n / 2)
  mean + side * sd * sqrt((n - 1) / sum(side^2))
}
data$farms_simple <- data.frame(acres = moments(300, 297897.0467, 344551.8948), counties = 3078)
simple <- svydesign(~1, fpc = ~counties, data = data$farms_simple)
put("farms_simple_mean", svymean(~acres, simple))
put("farms_simple_total", svytotal(~acres, simple))
strata <- data.frame(region = c("NC", "NE", "S", "W"), counties = c(1054, 220, 1382, 422), n = c(103, 21, 135, 41),
  mean = c(300504.1553, 97629.8095, 211315.0444, 662295.5122), variance = c(29618183543.3, 7647472708.2, 53587487856.2, 396185950266))
data$farms <- do.call(rbind, lapply(seq_len(4), function(i) with(strata[i, ], data.frame(region = region, acres = moments(n, mean, sqrt(variance)), counties = counties))))
farms <- svydesign(~1, strata = ~region, fpc = ~counties, data = data$farms)
put("farms_mean", svymean(~acres, farms))
put("farms_total", svytotal(~acres, farms))

# Saerndal, Swensson and Wretman, Model Assisted Survey Sampling, example 4.3.2 (p. 143): two stages from MU284.
data(mu284)
data$municipalities <- mu284
put("municipalities_total", svytotal(~y1, svydesign(~ id1 + id2, fpc = ~ n1 + n2, data = mu284)))

# Levy and Lemeshow, Sampling of Populations, section 12.2: two ambulance stations in each of three areas; their BRR weights.
data(scd)
data$ambulances <- scd
half <- 2 * cbind(c(1, 0, 1, 0, 1, 0), c(1, 0, 0, 1, 0, 1), c(0, 1, 1, 0, 0, 1), c(0, 1, 0, 1, 1, 0))
put("ambulances_taylor", svyratio(~alive, ~arrests, svydesign(~ambulance, prob = ~1, strata = ~ESA, nest = TRUE, data = scd)))
put("ambulances_finite", svyratio(~alive, ~arrests, svydesign(~ambulance, prob = ~1, strata = ~ESA, nest = TRUE, fpc = rep(5, 6), data = scd)))
put("ambulances_brr", svyratio(~alive, ~arrests, suppressWarnings(svrepdesign(data = scd, type = "BRR", repweights = half, weights = rep(1, 6), combined.weights = FALSE))))
# and births in 15 hospitals by level of obstetric care.
data(hospital)
data$hospitals <- data.frame(hospital)[, 1:5]
hospitals <- svydesign(~hospno, strata = ~oblevel, weights = ~weighta, fpc = ~tothosp, data = hospital)
put("hospitals_total", svytotal(~births, hospitals))
put("hospitals_mean", svymean(~births, hospitals))
put("hospitals_jackknife", svytotal(~births, as.svrepdesign(hospitals)))

# Stata Survey Data Reference Manual, svyset: a stratified sample of 8, with and without the finite population correction.
data(fpc)
data$eight <- fpc
put("eight_finite", svymean(~x, svydesign(~psuid, weights = ~weight, strata = ~stratid, fpc = ~Nh, nest = TRUE, data = fpc)))
put("eight_infinite", svymean(~x, svydesign(~psuid, weights = ~weight, strata = ~stratid, nest = TRUE, data = fpc)))

# VPLX manual of the US Census Bureau, examples 1-1 and 1-2: rooms and persons of six households, by the jackknife.
data(crowd)
data$households <- crowd
put("households_jk1", svymean(~ rooms + person, as.svrepdesign(svydesign(~cluster, weights = ~weight, data = crowd))))
put("households_jkn", svytotal(~ rooms + person, as.svrepdesign(svydesign(~cluster, weights = ~weight, strata = ~stratum, data = crowd))))

# Cochran, Sampling Techniques, 3rd ed., table 6.1: inhabitants (thousands) of 49 cities out of 196, 1920 and 1930.
data(bigcity, package = "boot")
data$cities <- data.frame(before = bigcity$u, after = bigcity$x, weight = 4, cities = 196)
cities <- svydesign(~1, weights = ~weight, fpc = ~cities, data = data$cities)
put("cities_ratio", svyratio(~after, ~before, cities))
put("cities_total", svytotal(~after, cities))

# Kalton and Flores-Cervantes (2003), Weighting methods, Journal of Official Statistics 19: 1,000 respondents in 4 x 3 cells, and the 1,500 people they
# stand for; what respondents are multiplied by in each cell, by the methods of the paper's table 2. Its regression takes A and B as numbers.
data$cells <- data.frame(
  a = rep(1:4, each = 3), b = rep(1:3, 4), respondents = c(20, 40, 40, 50, 140, 310, 100, 50, 50, 30, 100, 70),
  people = c(80, 40, 55, 60, 150, 340, 170, 60, 200, 55, 165, 125)
)
cells <- data$cells
rows <- rep(seq_len(12), cells$respondents)
respondents <- transform(cells[rows, ], a = factor(a), b = factor(b), cell = factor(rows), x = a, y = b)
drawn <- svydesign(~1, weights = ~1, data = respondents)
counts <- function(by) setNames(aggregate(cells$people, cells[by], sum), c(by, "Freq"))
factors <- function(design) as.vector(tapply(weights(design), rows, function(w) w[1]))
margins <- list(~a, ~b)
totals <- c(`(Intercept)` = 1500, colSums(cells$people * model.matrix(~ factor(a) + factor(b), cells))[-1])
names(totals) <- colnames(model.matrix(~ a + b, respondents))
exactly <- list(maxit = 200, epsilon = 1e-12)
results$cells_weighted <- factors(postStratify(drawn, ~cell, data.frame(cell = factor(1:12), Freq = cells$people)))
results$cells_raked <- factors(calibrate(drawn, ~ a + b, totals, calfun = "raking", maxit = 200, epsilon = 1e-12))
stopifnot(max(abs(results$cells_raked / factors(rake(drawn, margins, lapply(c("a", "b"), counts), exactly)) - 1)) < 1e-8)
results$cells_linear <- factors(calibrate(drawn, ~ a + b, totals))
numbers <- c(`(Intercept)` = 1500, x = sum(cells$people * cells$a), y = sum(cells$people * cells$b))
results$cells_regression <- factors(calibrate(drawn, ~ x + y, numbers))

write_json(list(versions = list(R = R.version.string, survey = as.character(packageVersion("survey"))), data = data, results = results),
  "published.json", digits = NA, auto_unbox = TRUE, dataframe = "columns"
)
estimates <- Filter(is.list, results)
print(t(sapply(estimates, function(r) c(r$estimate[1], r$se[1]))), digits = 9)
for (name in grep("^cells_", names(results), value = TRUE)) print(round(matrix(results[[name]], 4, byrow = TRUE), 2))
