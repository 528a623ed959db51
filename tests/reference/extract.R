# Small extracts of the example data of R's survey, from a folder that holds apiclus1.csv and the others.
# Rscript extract.R FOLDER
folder <- commandArgs(trailingOnly = TRUE)[1]
columns <- list(
  apiclus1 = c("dnum", "snum", "stype", "sch.wide", "awards", "api00", "enroll", "pw", "fpc"),
  apiclus2 = c("dnum", "snum", "stype", "sch.wide", "awards", "api00", "enroll", "pw", "fpc1", "fpc2"),
  apisrs = c("snum", "stype", "sch.wide", "awards", "api00", "enroll", "pw", "fpc"),
  apistrat = c("snum", "stype", "sch.wide", "awards", "api00", "enroll", "pw", "fpc")
)
for (name in names(columns)) {
  data <- read.csv(file.path(folder, paste0(name, ".csv")), colClasses = "character", na.strings = "NA")
  write.csv(data[columns[[name]]], paste0(name, ".csv"), row.names = FALSE, quote = FALSE, na = "")
}
