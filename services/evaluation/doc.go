// Package evaluation adds up what communities say of departments in a period (双向评议).
//
//   - Departments are ranked, communities never: what one of them said goes into a
//     sum, and out of it nobody gets it again.
//   - Of a department that fewer than Fewest communities rated nothing is published
//     but how many did: a mean of one is somebody's own word.
//   - Silence is no rating, and counts for nothing and against nobody.
package evaluation
